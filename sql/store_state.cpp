// SPDX-License-Identifier: MIT
#include "sql/store_state.h"

#include <algorithm>
#include <utility>

#include "base/random_id.h"
#include "sql/store_schema.h"

namespace caretaker {
namespace {

constexpr std::string_view dropped_prefix = "dropped_";
constexpr std::string_view lost_reason = "store_lost";

std::uint64_t* plain_counter(StoreCounters& counters, std::string_view name) {
  if (name == "collected") return &counters.collected;
  if (name == "delivered") return &counters.delivered;
  if (name == "pending") return &counters.pending;
  if (name == "expired") return &counters.expired;
  return nullptr;
}

Result<StoreCounters> read_counters(SqliteConnection& connection) {
  auto rows = connection.prepare("SELECT name, value FROM counters");
  if (!rows) return std::unexpected(rows.error());
  StoreCounters counters;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return counters;
    const std::string_view name = rows->text(0);
    const auto value = static_cast<std::uint64_t>(rows->integer(1));
    if (std::uint64_t* counter = plain_counter(counters, name)) {
      *counter = value;
    } else if (name.starts_with(dropped_prefix)) {
      counters.dropped[std::string(name.substr(dropped_prefix.size()))] = value;
    }
  }
}

Result<std::string> read_meta_text(SqliteConnection& connection, std::string_view name) {
  auto row = connection.prepare("SELECT value FROM meta WHERE name = ?1");
  if (!row) return std::unexpected(row.error());
  const auto found = row->bind(1, name).step();
  if (!found) return std::unexpected(found.error());
  return *found ? std::string(row->text(0)) : std::string();
}

}  // namespace

StoreStateTable::StoreStateTable(SqliteStatement set_meta, SqliteStatement set_counter)
    : set_meta_(std::move(set_meta)), set_counter_(std::move(set_counter)) {}

Result<StoreState> StoreStateTable::read(SqliteConnection& connection) {
  StoreState state;
  const auto epoch = connection.query_integer("SELECT value FROM meta WHERE name = 'epoch'");
  if (!epoch) return std::unexpected(epoch.error());
  const auto delivered_seq = connection.query_integer("SELECT value FROM meta WHERE name = 'delivered_seq'");
  if (!delivered_seq) return std::unexpected(delivered_seq.error());
  const auto newest_seq = connection.query_integer("SELECT max(seq) FROM batches");
  if (!newest_seq) return std::unexpected(newest_seq.error());
  const auto used_seq = connection.query_integer("SELECT value FROM meta WHERE name = 'used_seq'");
  if (!used_seq) return std::unexpected(used_seq.error());
  auto counters = read_counters(connection);
  if (!counters) return std::unexpected(counters.error());
  const auto delivered_period =
      connection.query_integer("SELECT value FROM meta WHERE name = 'delivered_period'");
  if (!delivered_period) return std::unexpected(delivered_period.error());
  const auto backward_steps =
      connection.query_integer("SELECT value FROM meta WHERE name = 'backward_steps'");
  if (!backward_steps) return std::unexpected(backward_steps.error());
  return StoreState{.epoch = *epoch,
                    .last_seq = std::max(*newest_seq, *used_seq),
                    .used_seq = *used_seq,
                    .delivered_seq = *delivered_seq,
                    .delivered_period = *delivered_period,
                    .backward_steps = *backward_steps,
                    .counters = std::move(*counters)};
}

std::optional<StoreState> StoreStateTable::salvage(const std::string& path) {
  auto connection = open_store_to_read(path);
  if (!connection) return std::nullopt;
  auto state = read(*connection);
  if (!state || state->epoch == 0) return std::nullopt;
  return std::move(*state);
}

Result<StoreStateTable> StoreStateTable::open(SqliteConnection& connection, const HostIdentity& host,
                                              const std::optional<StoreState>& previous) {
  auto set_meta = connection.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)");
  if (!set_meta) return std::unexpected(set_meta.error());
  auto set_counter = connection.prepare("INSERT OR REPLACE INTO counters (name, value) VALUES (?1, ?2)");
  if (!set_counter) return std::unexpected(set_counter.error());
  auto state = read(connection);
  if (!state) return std::unexpected(state.error());
  StoreStateTable table(std::move(*set_meta), std::move(*set_counter));
  table.committed_ = std::move(*state);
  const bool is_new = table.committed_.epoch == 0;
  const auto ready =
      is_new ? table.make_new(connection, host, previous) : table.follow_host(connection, host);
  if (!ready) return std::unexpected(ready.error());
  return table;
}

Result<> StoreStateTable::make_new(SqliteConnection& connection, const HostIdentity& host,
                                   const std::optional<StoreState>& previous) {
  StoreState state;
  state.epoch = random_id();
  if (previous) {
    state.counters = previous->counters;
    state.last_seq = state.used_seq = previous->last_seq;
    state.delivered_seq = previous->last_seq;
    state.backward_steps = previous->backward_steps;
    const std::uint64_t lost = std::exchange(state.counters.pending, 0);
    if (lost > 0) state.counters.dropped[std::string(lost_reason)] += lost;
  }
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto saved = set_identity(host); !saved) return saved;
  if (auto saved = save(state); !saved) return saved;
  if (auto committed = connection.execute("COMMIT"); !committed) return committed;
  keep(state);
  return {};
}

Result<> StoreStateTable::follow_host(SqliteConnection& connection, const HostIdentity& host) {
  const auto host_id = connection.query_integer("SELECT value FROM meta WHERE name = 'host_id'");
  if (!host_id) return std::unexpected(host_id.error());
  const auto boot_id = read_meta_text(connection, "boot_id");
  if (!boot_id) return std::unexpected(boot_id.error());
  const auto name = read_meta_text(connection, "host");
  if (!name) return std::unexpected(name.error());
  if (*host_id != host.id) {
    epoch_reason_ = "the store came from another machine";
  } else if (*boot_id != host.boot_id) {
    epoch_reason_ = "the machine was restarted";
  } else if (*name == host.name) {
    return {};
  }
  StoreState state = committed_;
  if (!epoch_reason_.empty()) state.epoch = random_id();
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto saved = set_identity(host); !saved) return saved;
  if (auto saved = save(state); !saved) return saved;
  if (auto committed = connection.execute("COMMIT"); !committed) return committed;
  keep(state);
  return {};
}

Result<> StoreStateTable::set_identity(const HostIdentity& host) {
  if (auto set = set_meta("host_id", host.id); !set) return set;
  if (auto set = set_meta("host", std::string_view(host.name)); !set) return set;
  return set_meta("boot_id", std::string_view(host.boot_id));
}

Result<> StoreStateTable::save(const StoreState& state) {
  Result<> saved = set_changed("epoch", state.epoch, committed_.epoch);
  if (saved) saved = set_changed("used_seq", state.used_seq, committed_.used_seq);
  if (saved) saved = set_changed("delivered_seq", state.delivered_seq, committed_.delivered_seq);
  if (saved) saved = set_changed("delivered_period", state.delivered_period, committed_.delivered_period);
  if (saved) saved = set_changed("backward_steps", state.backward_steps, committed_.backward_steps);
  if (!saved) return saved;
  StoreCounters counters = state.counters;
  StoreCounters before = committed_.counters;
  for (const std::string_view name : {"collected", "delivered", "pending", "expired"}) {
    const std::uint64_t value = *plain_counter(counters, name);
    if (value == *plain_counter(before, name)) continue;
    if (auto set = set_counter(name, value); !set) return set;
  }
  for (const auto& [reason, value] : counters.dropped) {
    if (value == before.dropped[reason]) continue;
    if (auto set = set_counter(std::string(dropped_prefix) + reason, value); !set) return set;
  }
  return {};
}

Result<> StoreStateTable::set_changed(std::string_view name, std::int64_t value, std::int64_t before) {
  return value == before ? Result<>{} : set_meta(name, value);
}

template <class Value>
Result<> StoreStateTable::set_meta(std::string_view name, const Value& value) {
  return set_meta_.bind(1, name).bind(2, value).run();
}

Result<> StoreStateTable::set_counter(std::string_view name, std::uint64_t value) {
  return set_counter_.bind(1, name).bind(2, static_cast<std::int64_t>(value)).run();
}

}  // namespace caretaker
