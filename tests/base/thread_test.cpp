// SPDX-License-Identifier: MIT
#include "base/thread.h"

#include <gtest/gtest.h>

#include <latch>

namespace caretaker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{40'000};

TEST(Thread, HasEndedWithAllThatItsBodyOwnedWhenItIsJoined) {
  auto owned = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = owned;
  auto thread = Thread::start("worker", [owned = std::move(owned)] { ++*owned; });
  ASSERT_TRUE(thread) << thread.error().message;
  EXPECT_TRUE(thread->joinable());
  EXPECT_TRUE(thread->join_for(patience));
  EXPECT_FALSE(thread->joinable());
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(thread->join_for(milliseconds(0))) << "once more does no harm";
}

TEST(Thread, ThatIsStillBusyIsNotJoinedUntilItEnds) {
  std::latch go(1);
  auto thread = Thread::start("worker", [&] { go.wait(); });
  ASSERT_TRUE(thread) << thread.error().message;
  EXPECT_FALSE(thread->join_for(milliseconds(1)));
  EXPECT_TRUE(thread->joinable());
  go.count_down();
  EXPECT_TRUE(thread->join_for(patience));
}

TEST(Thread, MovesWithItsHandle) {
  auto started = Thread::start("worker", [] {});
  ASSERT_TRUE(started) << started.error().message;
  Thread thread;
  thread = std::move(*started);
  EXPECT_TRUE(thread.joinable());
  EXPECT_TRUE(thread.join_for(patience));
}

}  // namespace
}  // namespace caretaker
