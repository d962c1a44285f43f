// SPDX-License-Identifier: MIT
#include "bench/memory_growth.h"

#include <gtest/gtest.h>

namespace caretaker::bench {
namespace {

constexpr std::size_t minutes_per_day = 1'440;
constexpr double page_bytes = 4'096;

TEST(MemoryGrowth, IsZeroWhereNothingChanges) {
  EXPECT_EQ(growth_per_hour(std::vector<double>(minutes_per_day, 3e6)), 0);
}

TEST(MemoryGrowth, IsWhatIsAddedPerHour) {
  std::vector<double> bytes;
  for (std::size_t minute = 0; minute < minutes_per_day; ++minute) {
    bytes.push_back(3e6 + 60 * static_cast<double>(minute));
  }
  EXPECT_NEAR(growth_per_hour(bytes), 3'600, 1e-6);
}

TEST(MemoryGrowth, LeavesTheFirstHalfOut) {
  std::vector<double> bytes(minutes_per_day, 3e6);
  for (std::size_t minute = 0; minute < minutes_per_day / 2; ++minute) {
    bytes[minute] = 1e6 + static_cast<double>(minute);
  }
  EXPECT_EQ(growth_per_hour(bytes), 0);
}

TEST(MemoryGrowth, OfOnePageInTheMiddleOfTheSecondHalfIsHalfAKilobyte) {
  std::vector<double> bytes(minutes_per_day, 3e6);
  for (std::size_t minute = minutes_per_day * 3 / 4; minute < minutes_per_day; ++minute) {
    bytes[minute] += page_bytes;
  }
  EXPECT_NEAR(growth_per_hour(bytes), 512, 1);
}

TEST(MemoryGrowth, OfNothingIsZero) {
  EXPECT_EQ(growth_per_hour({}), 0);
  EXPECT_EQ(growth_per_hour({3e6}), 0);
}

}  // namespace
}  // namespace caretaker::bench
