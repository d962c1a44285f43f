// SPDX-License-Identifier: MIT
#include "sql/mysql_hosts.h"

#include <fmt/format.h>

#include <utility>

#include "base/parse.h"
#include "sql/mysql_connection.h"

namespace caretaker {

Result<std::optional<std::int64_t>> read_host_epoch(MysqlConnection& connection, std::int64_t host_id) {
  const auto rows = connection.query(fmt::format("SELECT epoch FROM hosts WHERE host_id = {}", host_id));
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty() || !rows->front().at(0)) return std::nullopt;
  return parse_number<std::int64_t>(*rows->front().at(0)).value_or(0);
}

bool CloneWatch::sees_another(std::optional<std::int64_t> epoch) {
  if (!epoch || own_.empty() || own_.contains(*epoch)) return false;
  return std::exchange(reported_, *epoch) != *epoch;
}

}  // namespace caretaker
