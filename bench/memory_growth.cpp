// SPDX-License-Identifier: MIT
#include "bench/memory_growth.h"

#include <cstddef>
#include <span>

namespace caretaker::bench {
namespace {

constexpr double minutes_per_hour = 60;

}  // namespace

double growth_per_hour(const std::vector<double>& bytes_each_minute) {
  const std::span bytes = std::span(bytes_each_minute).subspan(bytes_each_minute.size() / 2);
  const auto count = static_cast<double>(bytes.size());
  double mean = 0;
  for (const double value : bytes) mean += value / count;
  double covariance = 0;
  double variance = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double offset = static_cast<double>(i) - (count - 1) / 2;
    covariance += offset * (bytes[i] - mean);
    variance += offset * offset;
  }
  return variance == 0 ? 0 : covariance / variance * minutes_per_hour;
}

}  // namespace caretaker::bench
