// SPDX-License-Identifier: MIT
#include "bench/memory_growth.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace caretaker::bench {
namespace {

constexpr double minutes_per_hour = 60;

}  // namespace

double growth_per_hour(const std::vector<double>& bytes_each_minute) {
  const std::span bytes = std::span(bytes_each_minute).subspan(bytes_each_minute.size() / 2);
  std::vector<double> slopes;
  for (std::size_t later = 1; later < bytes.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      slopes.push_back((bytes[later] - bytes[earlier]) / static_cast<double>(later - earlier));
    }
  }
  if (slopes.empty()) return 0;
  const auto median = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::ranges::nth_element(slopes, median);
  return *median * minutes_per_hour;
}

}  // namespace caretaker::bench
