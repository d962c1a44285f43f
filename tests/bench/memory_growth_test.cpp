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

// What a value of every minute is, when a page is added at the end of every so many minutes.
std::vector<double> pages_every(std::size_t minutes) {
  std::vector<double> bytes;
  for (std::size_t minute = 0; minute < minutes_per_day; ++minute) {
    bytes.push_back(3e6 + page_bytes * static_cast<double>(minute / minutes));
  }
  return bytes;
}

TEST(MemoryGrowth, OfOneStepIsZero) {
  EXPECT_EQ(growth_per_hour(pages_every(minutes_per_day * 2 / 3)), 0);
}

TEST(MemoryGrowth, OfALeakThatShowsAsPagesIsSeen) {
  EXPECT_NEAR(growth_per_hour(pages_every(60)), page_bytes, page_bytes / 20);
  EXPECT_NEAR(growth_per_hour(pages_every(180)), page_bytes / 3, page_bytes / 20);
}

TEST(MemoryGrowth, OfNothingIsZero) {
  EXPECT_EQ(growth_per_hour({}), 0);
  EXPECT_EQ(growth_per_hour({3e6}), 0);
}

}  // namespace
}  // namespace caretaker::bench
