// SPDX-License-Identifier: MIT
#include "bench/past_partitions.h"

#include <stdexcept>
#include <utility>

#include "sql/mysql_connection.h"
#include "sql/mysql_partitions.h"
#include "sql/mysql_schema.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t lease_holder = 1;  // nobody else is there

template <class T>
T checked(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The spans before that of `now`, out of the one that is the first in a new table.
PartitionSplit past_of(const PartitionedTable& table, std::chrono::sys_seconds now, std::chrono::days days) {
  PartitionSplit split;
  split.source = first_partitions(table, now).front();
  for (auto day = days; day.count() > 0; --day) {
    const Partition span = first_partitions(table, now - day).front();
    if (span == split.source || (!split.parts.empty() && split.parts.back() == span)) continue;
    split.parts.push_back(span);
  }
  return split;
}

}  // namespace

void make_past_partitions(const MysqlConfig& target, std::chrono::days days) {
  auto connection = checked(MysqlConnection::connect(target, target.password));
  checked(bring_up_mysql_schema(connection, target.database, lease_holder));
  const auto now = checked(server_time(connection));
  for (const PartitionedTable& table : partitioned_tables) {
    const PartitionSplit split = past_of(table, now, days);
    if (!split.parts.empty()) checked(connection.execute(split_statement(table, split)));
  }
}

}  // namespace caretaker::bench
