// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

// The daily partitions of `samples`: p20260131 holds that UTC day, pmax catches everything after the last
// one. They are made this many days ahead.
inline constexpr std::chrono::days partition_days_ahead{7};

// The PARTITION clauses for the days first..last and the catch-all, separated by commas. The first one also
// takes everything older.
[[nodiscard]] std::string partition_clauses(std::chrono::sys_days first, std::chrono::sys_days last);

// Partitions `samples` if it is empty and not partitioned yet. A step of its own after CREATE TABLE: a
// MariaDB that is killed while it makes a partitioned table can neither make nor drop that table afterwards,
// while an ALTER TABLE that was cut off can be run again.
[[nodiscard]] Result<> partition_empty_samples(MysqlConnection& connection);

// Adds the days that are missing, if any. Needs ALTER and CREATE rights only then. Several hosts may do it at
// once.
[[nodiscard]] Result<> add_missing_partitions(MysqlConnection& connection);

}  // namespace caretaker
