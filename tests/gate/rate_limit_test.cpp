// SPDX-License-Identifier: MIT
#include "gate/rate_limit.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace caretaker {
namespace {

TEST(RateLimit, LetsABurstThroughAndThenOnlyWhatComesBack) {
  RateLimit limit({.burst = 3, .per_second = 2});
  std::int64_t now = 100 * ns_per_s;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(now), 0) << i;
  EXPECT_EQ(limit.take(now), 1);
  now += ns_per_s;
  EXPECT_EQ(limit.take(now), 0);
  EXPECT_EQ(limit.take(now), 0);
  EXPECT_EQ(limit.take(now), 1);
  now += 3600 * ns_per_s;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(now), 0) << "never more than the burst";
  EXPECT_EQ(limit.take(now), 1);
}

TEST(RateLimit, TellsWhenTheNextOneComesBack) {
  RateLimit slow({.burst = 1, .per_second = 0.1});
  EXPECT_EQ(slow.take(ns_per_s), 0);
  EXPECT_EQ(slow.take(ns_per_s), 10);
  EXPECT_EQ(slow.take(6 * ns_per_s), 5);
  EXPECT_EQ(slow.take(11 * ns_per_s), 0);
}

TEST(RateLimit, StandsStillWhenTimeGoesBack) {
  RateLimit limit({.burst = 1, .per_second = 1});
  EXPECT_EQ(limit.take(50 * ns_per_s), 0);
  EXPECT_EQ(limit.take(10 * ns_per_s), 1);
  EXPECT_EQ(limit.take(50 * ns_per_s), 1);
  EXPECT_EQ(limit.take(51 * ns_per_s), 0);
}

}  // namespace
}  // namespace caretaker
