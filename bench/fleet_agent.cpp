// SPDX-License-Identifier: MIT
#include "bench/fleet_agent.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_hosts.h"
#include "sql/mysql_ledger.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_servers.h"

namespace caretaker::bench {
namespace {

constexpr int tries_max = 3;  // as MysqlUpload
constexpr std::int64_t interval_ms = std::chrono::milliseconds(fleet_interval).count();
constexpr std::int64_t minute_ms = minute_s * ms_per_s;

std::int64_t series_id(std::int64_t host_id, std::int64_t recorded_id) {
  return hash64({as_bytes(host_id), as_bytes(recorded_id)});
}

}  // namespace

HostIdentity fleet_host(std::size_t number) {
  const std::string name = fmt::format("agent-{:05}", number);
  return {.id = hash64({name}), .name = name, .machine_id = name, .boot_id = name};
}

FleetBatches::FleetBatches(const RecordedTicks& recorded) : recorded_(recorded) {
  const auto add_series = [this](const SampleBatch& batch) {
    for (const Sample& sample : batch.samples()) {
      const Series& series = *sample.series;
      const auto number = static_cast<std::int64_t>(entries_.size());
      entries_.try_emplace(&series, Entry{.recorded_id = series.id,
                                          .series = {.id = 0,
                                                     .collector = std::string(batch.collector()),
                                                     .metric = series.metric,
                                                     .labels = series.labels,
                                                     .unit = std::string(series.unit),
                                                     .type = std::string(to_string(series.type)),
                                                     .number = number},
                                          .rollup = {}});
    }
  };
  for (std::size_t tick = 0; tick < recorded.ticks(); ++tick) recorded.play(tick, 0, add_series);
}

std::vector<std::int64_t> FleetBatches::series_ids(std::int64_t host_id) const {
  std::vector<std::int64_t> ids;
  for (const auto& [series, entry] : entries_) ids.push_back(series_id(host_id, entry.recorded_id));
  return ids;
}

void FleetBatches::make(std::int64_t host_id, std::int64_t begin_ms, std::int64_t first, std::int64_t last) {
  batches_.clear();
  periods_.clear();
  for (auto& [series, entry] : entries_) {
    entry.series.id = series_id(host_id, entry.recorded_id);
    entry.rollup = {};
  }
  for (std::int64_t tick = first; tick < last; ++tick) {
    const std::int64_t time_ms = begin_ms + tick * interval_ms;
    recorded_.play(static_cast<std::size_t>(tick), time_ms,
                   [&](const SampleBatch& batch) { add(batch, time_ms); });
    if ((time_ms + interval_ms) % minute_ms == 0) close_minute(time_ms + interval_ms - minute_ms);
  }
}

void FleetBatches::add(const SampleBatch& batch, std::int64_t time_ms) {
  StoredBatch& stored = batches_.emplace_back();
  stored.time_ms = time_ms;
  stored.collector = batch.collector();
  for (const Sample& sample : batch.samples()) {
    Entry& entry = entries_.at(sample.series.get());
    const double value = to_double(sample.value);
    entry.rollup.add(value);
    stored.samples.push_back({.series = &entry.series, .value = value});
  }
}

void FleetBatches::close_minute(std::int64_t time_ms) {
  StoredPeriod& period = periods_.emplace_back();
  period.length_s = minute_s;
  period.time_ms = time_ms;
  for (auto& [series, entry] : entries_) {
    if (entry.rollup.count == 0) continue;
    period.rows.push_back({.series = &entry.series, .rollup = std::exchange(entry.rollup, {})});
  }
}

FleetAgent::FleetAgent(std::size_t number)
    : host_(fleet_host(number)), epoch_(hash64({"epoch", host_.name})) {}

double FleetAgent::moment() const {
  constexpr double ids = 18'446'744'073'709'551'616.0;
  return static_cast<double>(static_cast<std::uint64_t>(host_.id)) / ids;
}

Result<std::uint64_t> FleetAgent::flush(const MysqlConfig& config, FleetBatches& made, std::int64_t begin_ms,
                                        std::int64_t last) {
  made.make(host_.id, begin_ms, next_tick_, last);
  auto connection = connect_to_any(config, config.password, host_.id);
  if (!connection) return std::unexpected(connection.error());
  const auto schema = bring_up_mysql_schema(*connection, config.database, host_.id);
  if (!schema) return std::unexpected(schema.error());
  if (auto compared = compare_ledger(*connection); !compared) return std::unexpected(compared.error());
  auto delivered = deliver(*connection, schema->system_monitor, config, made);
  if (delivered) next_tick_ = last;
  return delivered;
}

Result<> FleetAgent::compare_ledger(MysqlConnection& connection) {
  if (const auto epoch = read_host_epoch(connection, host_.id); !epoch) return std::unexpected(epoch.error());
  const auto ledger = read_ledger(connection, host_.id, epoch_);
  if (!ledger) return std::unexpected(ledger.error());
  if (ledger->row) {
    seq_ = ledger->row->last_seq;
    return {};
  }
  if (std::exchange(ledger_open_, true)) return fail("the server lost the ledger of " + host_.name);
  return open_epoch(connection, host_.id, epoch_, {});
}

Result<std::uint64_t> FleetAgent::deliver(MysqlConnection& connection, const std::string& headline_table,
                                          const MysqlConfig& config, const FleetBatches& made) {
  std::vector<StoredBatch> batches = made.batches();
  std::int64_t seq = seq_;
  for (StoredBatch& batch : batches) batch.seq = ++seq;
  MysqlWriter writer(connection, host_, headline_table, config.raw);
  for (int attempt = 1;; ++attempt) {
    const LedgerStep step{.epoch = epoch_, .from_seq = seq_, .redelivery = false, .repeats = false};
    const auto done = writer.deliver(batches, step);
    if (done && !done->ledger_matched) return fail("the ledger of " + host_.name + " stands elsewhere");
    if (done) {
      const auto rollups = made.periods().empty() ? Result<>{} : writer.deliver(made.periods(), epoch_);
      if (!rollups) return std::unexpected(rollups.error());
      return done->rows;
    }
    const bool conflict = classify_mysql_error(done.error().code) == MysqlErrorClass::retry;
    if (!conflict || attempt == tries_max) return std::unexpected(done.error());
    ++retries_;
  }
}

}  // namespace caretaker::bench
