// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace caretaker {

class MysqlConnection;

enum class PartitionSpan : std::uint8_t { day, month };

// A table that is partitioned by its column `time`: p20260131 holds that UTC day, p202601 that month, `pmax`
// catches everything after the last one, and the first one also holds everything older.
struct PartitionedTable {
  std::string_view name;
  PartitionSpan span;
  int ahead;                              // so many spans after the current one are made beforehand
  milliseconds MysqlConfig::* retention;  // after which a partition is dropped
};

inline constexpr std::array<PartitionedTable, 3> partitioned_tables = {{
    {"samples", PartitionSpan::day, 7, &MysqlConfig::retention},
    {"samples_1m", PartitionSpan::day, 7, &MysqlConfig::retention_1m},
    {"samples_1h", PartitionSpan::month, 2, &MysqlConfig::retention_1h},
}};

inline constexpr std::string_view catch_all = "pmax";

// A server that was down for long gets at most so many spans for the time it missed; what is older goes into
// the first of them.
inline constexpr int missed_spans_max = 100;

// Holds the rows before `until` (midnight, UTC) that are in no partition before it.
struct Partition {
  std::string name;
  std::chrono::sys_days until;
  bool operator==(const Partition&) const = default;
};

// `parts` come out of `source`, which keeps the rest: rows that are in it already move.
struct PartitionSplit {
  Partition source;
  bool of_catch_all = false;  // source is `pmax`
  std::vector<Partition> parts;
  std::chrono::sys_days wanted_since;  // when the first part was to be made
};

struct PartitionPlan {
  std::vector<PartitionSplit> splits;
  std::vector<Partition> drops;
};

// Pure. What `existing` (oldest first, without `pmax`) lacks and has too much at the time `now`.
[[nodiscard]] PartitionPlan plan_partitions(const PartitionedTable& table,
                                            std::span<const Partition> existing, std::chrono::sys_seconds now,
                                            milliseconds retention);

// For a table that has none: the spans from `now`'s to `table.ahead` after it.
[[nodiscard]] std::vector<Partition> first_partitions(const PartitionedTable& table,
                                                      std::chrono::sys_seconds now);

// The bound as an SQL literal: '2026-01-31'.
[[nodiscard]] std::string bound_of(const Partition& partition);
[[nodiscard]] std::string split_statement(const PartitionedTable& table, const PartitionSplit& split);
[[nodiscard]] std::string drop_statement(const PartitionedTable& table, std::span<const Partition> drops);

// The server's time, UTC.
[[nodiscard]] Result<std::chrono::sys_seconds> server_time(MysqlConnection& connection);

// What the server has of one table.
struct PartitionLayout {
  bool partitioned = false;
  // A catch-all and dates as bounds, so that it may be maintained. Else the administrator's own choice.
  bool ours = false;
  bool foreign_bounds = false;        // some bound is no date
  std::vector<Partition> partitions;  // oldest first, without the catch-all
};
using PartitionLayouts = std::map<std::string, PartitionLayout, std::less<>>;

// Of the tables that exist, in one question.
[[nodiscard]] Result<PartitionLayouts> read_partitions(MysqlConnection& connection);

// Partitions the tables that are empty and not partitioned yet. A step of its own after CREATE TABLE: a
// MariaDB that is killed while it makes a partitioned table can neither make nor drop that table afterwards,
// while an ALTER TABLE that was cut off can be run again.
[[nodiscard]] Result<> partition_empty_tables(MysqlConnection& connection);

}  // namespace caretaker
