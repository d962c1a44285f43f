// SPDX-License-Identifier: MIT
#include "sql/mysql_old_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parse.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

constexpr std::string_view text_host = "host";

std::string condition(const OldRows& what, const HostWithOldRows& host) {
  return fmt::format("`{}` = {} AND `{}` < {}", what.host, host.host, what.time,
                     time_literal(what.before_ms));
}

// An epoch that has brought nothing yet counts from its begin.
std::string old_epoch_condition(std::int64_t before_ms) {
  return "COALESCE(last_time, started_at) < " + time_literal(before_ms);
}

}  // namespace

Result<std::vector<HostWithOldRows>> find_old_rows(MysqlConnection& connection, const OldRows& what) {
  const auto rows = connection.query(
      fmt::format("SELECT host, TIMESTAMPDIFF(SECOND, '1970-01-01', oldest) FROM "
                  "(SELECT `{0}` AS host, MIN(`{1}`) AS oldest FROM {2} GROUP BY `{0}`) AS per_host "
                  "WHERE oldest < {3} LIMIT {4}",
                  what.host, what.time, what.table, time_literal(what.before_ms), old_hosts_max));
  if (!rows) return std::unexpected(rows.error());
  std::vector<HostWithOldRows> hosts;
  for (const SqlRow& row : *rows) {
    HostWithOldRows& host = hosts.emplace_back();
    if (what.host == text_host) {
      connection.append_quoted(host.host, row.at(0).value_or(""));
    } else {
      host.host = row.at(0).value_or("");
    }
    host.oldest_ms = 1000 * parse_number<std::int64_t>(row.at(1).value_or("")).value_or(0);
  }
  return hosts;
}

Result<std::uint64_t> count_old_rows(MysqlConnection& connection, const OldRows& what,
                                     const std::vector<HostWithOldRows>& hosts) {
  std::uint64_t count = 0;
  for (const HostWithOldRows& host : hosts) {
    const auto rows =
        connection.query(fmt::format("SELECT COUNT(*) FROM {} WHERE {}", what.table, condition(what, host)));
    if (!rows) return std::unexpected(rows.error());
    count += parse_number<std::uint64_t>(rows->at(0).at(0).value_or("")).value_or(0);
  }
  return count;
}

Result<std::uint64_t> delete_old_rows(MysqlConnection& connection, const OldRows& what,
                                      const std::vector<HostWithOldRows>& hosts, std::uint64_t rows_max,
                                      const std::function<Result<>()>& between) {
  std::uint64_t count = 0;
  for (const HostWithOldRows& host : hosts) {
    for (std::uint64_t gone = old_rows_chunk; gone == old_rows_chunk && count < rows_max; count += gone) {
      if (auto may = between(); !may) return std::unexpected(may.error());
      const auto deleted =
          connection.execute(fmt::format("DELETE FROM {} WHERE {} ORDER BY `{}`, `{}` LIMIT {}", what.table,
                                         condition(what, host), what.host, what.time, old_rows_chunk));
      if (!deleted) return std::unexpected(deleted.error());
      gone = *deleted;
    }
  }
  return count;
}

Result<std::vector<OldEpoch>> find_old_epochs(MysqlConnection& connection, std::int64_t before_ms) {
  const auto rows = connection.query(fmt::format(
      "SELECT host_id, epoch FROM deliveries WHERE {} AND EXISTS (SELECT 1 FROM deliveries AS newer "
      "WHERE newer.host_id = deliveries.host_id AND newer.started_at > deliveries.started_at) "
      "LIMIT {}",
      old_epoch_condition(before_ms), old_epochs_max));
  if (!rows) return std::unexpected(rows.error());
  std::vector<OldEpoch> epochs;
  for (const SqlRow& row : *rows) epochs.push_back({row.at(0).value_or(""), row.at(1).value_or("")});
  return epochs;
}

Result<> delete_epoch(MysqlConnection& connection, const OldEpoch& epoch, std::int64_t before_ms) {
  const auto deleted =
      connection.execute(fmt::format("DELETE FROM deliveries WHERE host_id = {} AND epoch = {} AND {}",
                                     epoch.host_id, epoch.epoch, old_epoch_condition(before_ms)));
  if (!deleted) return std::unexpected(deleted.error());
  return {};
}

}  // namespace caretaker
