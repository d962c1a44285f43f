// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace caretaker::bench {

// Bytes per hour: the median of the slopes between any two values (Theil-Sen estimator) of the second half of
// what was read once a minute. The first half fills caches and spare buffers; one step in the second, such as
// a spare buffer that is first needed when the machine was held up, is no slope, what comes again and again
// is.
[[nodiscard]] double growth_per_hour(const std::vector<double>& bytes_each_minute);

}  // namespace caretaker::bench
