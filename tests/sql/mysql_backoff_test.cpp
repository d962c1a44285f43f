// SPDX-License-Identifier: MIT
#include "sql/mysql_backoff.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using enum MysqlErrorClass;

TEST(MysqlBackoff, CeilingsDoubleUpToTheCap) {
  EXPECT_EQ(MysqlBackoff::ceiling(reconnect, 1), 1s);
  EXPECT_EQ(MysqlBackoff::ceiling(reconnect, 2), 2s);
  EXPECT_EQ(MysqlBackoff::ceiling(reconnect, 1'000'000), 60s);
  EXPECT_EQ(MysqlBackoff::ceiling(config, 1), 30s);
  EXPECT_EQ(MysqlBackoff::ceiling(capacity, 1'000'000), 5min);
}

TEST(MysqlBackoff, WaitsAreSpreadBelowTheCeiling) {
  const MysqlBackoff::Clock::time_point now{1h};
  auto shortest = now + 60s;
  auto longest = now;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    MysqlBackoff backoff(seed);
    for (int i = 0; i < 10; ++i) backoff.failed(reconnect, now);
    shortest = std::min(shortest, backoff.until());
    longest = std::max(longest, backoff.until());
    EXPECT_LE(backoff.until(), now + 60s);
  }
  EXPECT_LT(shortest, now + 15s);
  EXPECT_GT(longest, now + 45s);
}

TEST(MysqlBackoff, IsReadyAtOnceAfterSuccess) {
  const MysqlBackoff::Clock::time_point now{1h};
  MysqlBackoff backoff(1);
  EXPECT_TRUE(backoff.ready(now));
  for (int i = 0; i < 10; ++i) backoff.failed(config, now);
  EXPECT_FALSE(backoff.ready(now));
  EXPECT_TRUE(backoff.ready(backoff.until()));
  backoff.succeeded();
  EXPECT_TRUE(backoff.ready(now));
}

}  // namespace
}  // namespace caretaker
