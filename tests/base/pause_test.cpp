// SPDX-License-Identifier: MIT
#include "base/pause.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "support/eventually.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;

TEST(Pause, LastsAsLongAsAsked) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(pause_for(milliseconds(30), {}));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(30));
}

TEST(Pause, EndsWhenAskedToStop) {
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(pause_for(patience, stop.get_token()));
  EXPECT_FALSE(pause_for(patience, stop.get_token())) << "nor does it begin";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, patience);
}

TEST(Jitter, StaysNearWhatWasAskedForAndDiffers) {
  std::set<milliseconds> seen;
  for (int i = 0; i < 200; ++i) {
    const milliseconds duration = jittered(milliseconds(10'000));
    EXPECT_GE(duration, milliseconds(7'500));
    EXPECT_LE(duration, milliseconds(12'500));
    seen.insert(duration);
  }
  EXPECT_GT(seen.size(), 10U);
  EXPECT_EQ(jittered(milliseconds(0)), milliseconds(0));
}

}  // namespace
}  // namespace caretaker
