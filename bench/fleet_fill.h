// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/recorded_ticks.h"
#include "config/config.h"

namespace caretaker::bench {

// Makes the tables, and gives every series of the fleet so many older samples that `samples` is of about that
// size. They are in the partition of today: its first one holds what is older, too. Throws.
void fill(const MysqlConfig& target, std::size_t agents, std::uint64_t megabytes,
          const RecordedTicks& recorded);

}  // namespace caretaker::bench
