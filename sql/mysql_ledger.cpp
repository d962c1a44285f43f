// SPDX-License-Identifier: MIT
#include "sql/mysql_ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parse.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

std::int64_t integer(const std::optional<std::string>& value) {
  return parse_number<std::int64_t>(value.value_or("0")).value_or(0);
}

std::string time_or_null(std::int64_t time_ms) {
  return time_ms == 0 ? "NULL" : time_literal(time_ms);
}

// DATETIME(3) as UTC milliseconds; UNIX_TIMESTAMP() ends in 2038 on MariaDB.
constexpr std::string_view ms_of = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {}) DIV 1000";

}  // namespace

LedgerDecision decide(const std::optional<LedgerRow>& row, const LocalPosition& local) {
  using enum LedgerDecision::Kind;
  if (!row) return {open, local.cursor_seq};
  if (row->last_seq == local.cursor_seq) return {follow, row->last_seq};
  const bool same_batch = row->last_time_ms != 0 && row->last_time_ms == local.batch_time_ms;
  if (same_batch) return {follow, row->last_seq};
  return {new_epoch, std::min(row->last_seq, local.cursor_seq)};
}

Result<Ledger> read_ledger(MysqlConnection& connection, std::int64_t host_id, std::int64_t epoch) {
  const std::string last_time_ms = fmt::format(fmt::runtime(ms_of), "last_time");
  auto ours = connection.query(fmt::format(
      "SELECT last_seq, {} FROM deliveries WHERE host_id = {} AND epoch = {}", last_time_ms, host_id, epoch));
  if (!ours) return std::unexpected(ours.error());
  auto others =
      connection.query(fmt::format("SELECT {} FROM deliveries WHERE host_id = {} AND epoch <> {}",
                                   fmt::format(fmt::runtime(ms_of), "MAX(last_time)"), host_id, epoch));
  if (!others) return std::unexpected(others.error());
  Ledger ledger{.row = std::nullopt, .others_until_ms = integer(others->at(0).at(0))};
  if (!ours->empty()) {
    const SqlRow& row = ours->front();
    ledger.row = LedgerRow{integer(row.at(0)), integer(row.at(1))};
  }
  return ledger;
}

Result<> open_epoch(MysqlConnection& connection, std::int64_t host_id, std::int64_t epoch,
                    const LedgerRow& start) {
  const auto inserted = connection.execute(
      fmt::format("INSERT INTO deliveries (host_id, epoch, last_seq, last_time, started_at) "
                  "VALUES ({}, {}, {}, {}, UTC_TIMESTAMP(3))",
                  host_id, epoch, start.last_seq, time_or_null(start.last_time_ms)));
  if (!inserted) return std::unexpected(inserted.error());
  return {};
}

Result<bool> move_ledger(MysqlConnection& connection, std::int64_t host_id, std::int64_t epoch,
                         std::int64_t from_seq, const LedgerRow& to) {
  const auto changed =
      connection.execute(fmt::format("UPDATE deliveries SET last_seq = {}, last_time = {} "
                                     "WHERE host_id = {} AND epoch = {} AND last_seq = {}",
                                     to.last_seq, time_or_null(to.last_time_ms), host_id, epoch, from_seq));
  if (!changed) return std::unexpected(changed.error());
  return *changed == 1;
}

}  // namespace caretaker
