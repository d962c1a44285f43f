// SPDX-License-Identifier: MIT
#include "daemon/job_thread.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/eventually.h"

namespace caretaker {
namespace {

constexpr int rounds = 300;

class NoWork final : public JobWork {
 public:
  RunReport run(const Tick&, const std::stop_token&) override { return {}; }
};

// Whether the thread or the exit is first is a matter of luck.
TEST(JobThread, TellsTheEndOfARunThatAnExitOvertook) {
  for (int round = 0; round < rounds; ++round) {
    std::atomic<int> finished = 0;
    auto thread = JobThread::start(
        "test", [] { return std::make_unique<NoWork>(); }, [&](const FinishedRun&) { ++finished; });
    ASSERT_TRUE(thread) << thread.error().message;
    (*thread)->fire({.time_ms = 1}, false);
    (*thread)->request_exit();
    ASSERT_TRUE((*thread)->join_for(patience));
    ASSERT_EQ(finished, 1) << "in round " << round;
  }
}

TEST(JobThread, TellsNothingOfARunThatNobodyAskedFor) {
  std::atomic<int> finished = 0;
  auto thread = JobThread::start(
      "test", [] { return std::make_unique<NoWork>(); }, [&](const FinishedRun&) { ++finished; });
  ASSERT_TRUE(thread) << thread.error().message;
  (*thread)->request_exit();
  ASSERT_TRUE((*thread)->join_for(patience));
  EXPECT_EQ(finished, 0);
}

}  // namespace
}  // namespace caretaker
