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

// The server's date, UTC.
[[nodiscard]] Result<std::chrono::sys_days> server_day(MysqlConnection& connection);

// Adds the days that are missing, if any. Needs ALTER and CREATE rights only then. Several hosts may do it at
// once.
[[nodiscard]] Result<> add_missing_partitions(MysqlConnection& connection);

}  // namespace caretaker
