// SPDX-License-Identifier: MIT
#include "sql/mysql_partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/parse.h"
#include "sql/mysql_connection.h"

namespace caretaker {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr sys_days unpartitioned{};

std::string day_text(sys_days day, std::string_view separator) {
  const year_month_day date{day};
  return fmt::format("{:04}{}{:02}{}{:02}", static_cast<int>(date.year()), separator,
                     static_cast<unsigned>(date.month()), separator, static_cast<unsigned>(date.day()));
}

// "20260131"
std::optional<sys_days> parse_day(std::string_view text) {
  const auto number = parse_number<unsigned>(text);
  if (!number || text.size() != 8) return std::nullopt;
  const year_month_day date{std::chrono::year{static_cast<int>(*number / 10'000)},
                            std::chrono::month{*number / 100 % 100}, std::chrono::day{*number % 100}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

// The server's date, UTC.
Result<sys_days> server_day(MysqlConnection& connection) {
  auto rows = connection.query("SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y%m%d')");
  if (!rows) return std::unexpected(rows.error());
  const auto day = parse_day(rows->at(0).at(0).value_or(""));
  if (!day) return fail("the MySQL server does not tell its date");
  return *day;
}

// The newest day that has a partition, or `unpartitioned`.
Result<sys_days> newest_partition(MysqlConnection& connection) {
  auto rows = connection.query(
      "SELECT MAX(PARTITION_NAME) FROM information_schema.PARTITIONS "
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'samples' AND PARTITION_NAME <> 'pmax'");
  if (!rows) return std::unexpected(rows.error());
  const std::string name = rows->at(0).at(0).value_or("");
  return name.starts_with('p') ? parse_day(std::string_view(name).substr(1)).value_or(unpartitioned)
                               : unpartitioned;
}

}  // namespace

std::string partition_clauses(sys_days first, sys_days last) {
  std::string clauses;
  for (sys_days day = first; day <= last; day += days{1}) {
    clauses += fmt::format("  PARTITION p{} VALUES LESS THAN ('{}'),\n", day_text(day, ""),
                           day_text(day + days{1}, "-"));
  }
  return clauses + "  PARTITION pmax VALUES LESS THAN (MAXVALUE)";
}

Result<> partition_empty_samples(MysqlConnection& connection) {
  const auto newest = newest_partition(connection);
  if (!newest) return std::unexpected(newest.error());
  const auto rows = connection.query("SELECT 1 FROM samples LIMIT 1");
  if (!rows) return std::unexpected(rows.error());
  if (*newest != unpartitioned || !rows->empty()) return {};
  const auto today = server_day(connection);
  if (!today) return std::unexpected(today.error());
  const auto done = connection.execute("ALTER TABLE samples PARTITION BY RANGE COLUMNS (time) (\n" +
                                       partition_clauses(*today, *today + partition_days_ahead) + ")");
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<> add_missing_partitions(MysqlConnection& connection) {
  const auto today = server_day(connection);
  if (!today) return std::unexpected(today.error());
  const auto newest = newest_partition(connection);
  if (!newest) return std::unexpected(newest.error());
  const sys_days last = *today + partition_days_ahead;
  // An unpartitioned table is the administrator's own choice.
  if (*newest == unpartitioned || *newest >= last) return {};
  const sys_days first = std::max(*newest + days{1}, *today);
  const auto added = connection.execute("ALTER TABLE samples REORGANIZE PARTITION pmax INTO (\n" +
                                        partition_clauses(first, last) + ")");
  if (added) return {};
  const auto after = newest_partition(connection);
  const bool another_host_did = after && *after >= last;
  return another_host_did ? Result<>{} : std::unexpected(added.error());
}

}  // namespace caretaker
