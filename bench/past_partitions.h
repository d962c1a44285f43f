// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "config/config.h"

namespace caretaker::bench {

inline constexpr int past_days_max = 100;

// Makes the tables of a new database, with the partitions that they have after so many days of running.
// Throws.
void make_past_partitions(const MysqlConfig& target, std::chrono::days days);

}  // namespace caretaker::bench
