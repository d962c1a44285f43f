// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace caretaker::bench {

// Bytes per hour: the slope of the least-squares line through the second half of what was read once a minute.
// The first half fills caches and spare buffers.
[[nodiscard]] double growth_per_hour(const std::vector<double>& bytes_each_minute);

}  // namespace caretaker::bench
