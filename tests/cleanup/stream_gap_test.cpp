// SPDX-License-Identifier: MIT
#include "cleanup/stream_gap.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t now = 5'000'000;

TEST(StreamGap, NothingWasMissedBeforeTheFirstWatch) {
  StreamGap gap(std::nullopt, now);
  EXPECT_FALSE(gap.connected(now + 1'000 * second));
}

TEST(StreamGap, AShortRestartIsNone) {
  StreamGap gap(50 * second, now);
  EXPECT_FALSE(gap.connected(now + 10 * second));
}

TEST(StreamGap, ALongRestartIsOne) {
  StreamGap gap(50 * second, now);
  EXPECT_TRUE(gap.connected(now + 11 * second));
}

TEST(StreamGap, IsOverWithTheConnection) {
  StreamGap gap(100 * second, now);
  EXPECT_TRUE(gap.connected(now));
  gap.lost(now + 3'600 * second);
  EXPECT_FALSE(gap.connected(now + 3'601 * second));
}

TEST(StreamGap, ALostStreamIsAwayFromTheLoss) {
  StreamGap gap(std::nullopt, now);
  EXPECT_FALSE(gap.connected(now));
  gap.lost(now + 100 * second);
  EXPECT_TRUE(gap.connected(now + 161 * second));
}

TEST(StreamGap, AnEngineThatIsDownCanMissNothing) {
  StreamGap gap(0, now);
  EXPECT_FALSE(gap.connected(now));
  gap.lost(now);
  // Down for ten minutes; 1 s before the first and 30 s after the last attempt are not certain.
  for (std::int64_t at = second; at <= 600 * second; at += 30 * second) {
    gap.failed(true, now + at, now + at);
  }
  EXPECT_FALSE(gap.connected(now + 601 * second));
}

TEST(StreamGap, TheEdgesOfADownTimeCount) {
  StreamGap gap(0, now);
  gap.failed(true, now + 40 * second, now + 40 * second);
  gap.failed(true, now + 70 * second, now + 70 * second);
  EXPECT_TRUE(gap.connected(now + 91 * second));  // 40 s before, 21 s after
}

TEST(StreamGap, AnEngineThatHangsIsAtWork) {
  StreamGap gap(0, now);
  for (std::int64_t at = second; at <= 61 * second; at += 10 * second) {
    gap.failed(false, now + at, now + at);
  }
  EXPECT_TRUE(gap.connected(now + 62 * second));
}

TEST(StreamGap, OnlyAttemptsThatFailInARowCountAsDown) {
  StreamGap gap(0, now);
  gap.failed(true, now, now);
  gap.failed(false, now + 30 * second, now + 30 * second);
  gap.failed(true, now + 61 * second, now + 61 * second);
  EXPECT_TRUE(gap.connected(now + 61 * second));
}

TEST(StreamGap, AnAttemptThatTookLongIsNotDownTime) {
  StreamGap gap(0, now);
  gap.failed(true, now, now + 61 * second);
  gap.failed(true, now + 62 * second, now + 62 * second);
  EXPECT_TRUE(gap.connected(now + 62 * second));
}

TEST(StreamGap, TooManyReplayedEventsAreToldOncePerConnection) {
  StreamGap gap(0, now);
  for (int connection = 0; connection < 2; ++connection) {
    EXPECT_FALSE(gap.connected(now));
    for (std::size_t i = 1; i < replay_events_max; ++i) EXPECT_FALSE(gap.replayed()) << i;
    EXPECT_TRUE(gap.replayed());
    EXPECT_FALSE(gap.replayed());
    gap.lost(now);
  }
}

}  // namespace
}  // namespace caretaker
