// SPDX-License-Identifier: MIT
#include "cleanup/engine_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "support/eventually.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr milliseconds at_once{0};

TEST(EngineLock, LetsPullsRunBesideEachOther) {
  EngineLock lock;
  const auto first = lock.hold_for_pull("nginx:1.25", {});
  const auto second = lock.hold_for_pull("redis:7", {});
  const auto same = lock.hold_for_pull("nginx:1.25", {});
  EXPECT_TRUE(first && second && same);
  EXPECT_THAT(lock.pulls(), ElementsAre("nginx:1.25", "redis:7"));
}

TEST(EngineLock, ForgetsAReferenceWithItsLastPull) {
  EngineLock lock;
  auto first = lock.hold_for_pull("nginx:1.25", {});
  auto same = lock.hold_for_pull("nginx:1.25", {});
  first.reset();
  EXPECT_THAT(lock.pulls(), ElementsAre("nginx:1.25"));
  same.reset();
  EXPECT_THAT(lock.pulls(), IsEmpty());
}

TEST(EngineLock, KeepsItsHoldWhenMoved) {
  EngineLock lock;
  auto hold = lock.hold_for_pull("nginx:1.25", {});
  ASSERT_TRUE(hold);
  std::optional<EngineLock::Hold> moved(std::move(*hold));
  hold.reset();
  EXPECT_THAT(lock.pulls(), ElementsAre("nginx:1.25"));
  moved.reset();
  EXPECT_THAT(lock.pulls(), IsEmpty());
}

TEST(EngineLock, DeniesADeletionWhilePullsOutlastItsDeadline) {
  EngineLock lock;
  auto pull = lock.hold_for_pull("nginx:1.25", {});
  EXPECT_FALSE(lock.hold_for_deletion(milliseconds(5), {}));
  EXPECT_FALSE(lock.hold_for_deletion(at_once, {}));
  EXPECT_TRUE(lock.hold_for_pull("redis:7", {})) << "a deletion that gave up blocks nobody";
  pull.reset();
  EXPECT_TRUE(lock.hold_for_deletion(at_once, {}));
}

TEST(EngineLock, GivesADeletionTheEngineAsSoonAsTheLastPullEnds) {
  EngineLock lock;
  auto first = lock.hold_for_pull("nginx:1.25", {});
  auto second = lock.hold_for_pull("redis:7", {});
  std::atomic<bool> deleting = false;
  const std::jthread deletion([&] {
    const auto hold = lock.hold_for_deletion(patience, {});
    EXPECT_TRUE(hold);
    EXPECT_THAT(lock.pulls(), IsEmpty());
    deleting = true;
  });
  first.reset();
  EXPECT_FALSE(deleting);
  second.reset();
  EXPECT_TRUE(eventually([&] { return deleting.load(); }));
}

TEST(EngineLock, PutsNewPullsBehindADeletionThatWaits) {
  EngineLock lock;
  auto under_way = lock.hold_for_pull("nginx:1.25", {});
  std::promise<void> let_go;
  std::atomic<bool> deleted = false;
  const std::jthread deletion([&] {
    const auto hold = lock.hold_for_deletion(patience, {});
    EXPECT_TRUE(hold);
    let_go.get_future().wait();
    deleted = true;
  });
  EXPECT_TRUE(eventually([&] { return lock.waiting_deletions() == 1; }));
  std::atomic<bool> pulling = false;
  const std::jthread pull([&] {
    const auto hold = lock.hold_for_pull("redis:7", {});
    EXPECT_TRUE(hold);
    EXPECT_TRUE(deleted) << "the deletion was there first";
    pulling = true;
  });
  under_way.reset();
  EXPECT_FALSE(pulling);
  let_go.set_value();
  EXPECT_TRUE(eventually([&] { return pulling.load(); }));
}

TEST(EngineLock, LetsWaitingPullsGoWhenTheDeletionBeforeThemGivesUp) {
  EngineLock lock;
  const auto under_way = lock.hold_for_pull("nginx:1.25", {});
  std::stop_source give_up;
  std::jthread deletion([&] { EXPECT_FALSE(lock.hold_for_deletion(patience, give_up.get_token())); });
  EXPECT_TRUE(eventually([&] { return lock.waiting_deletions() == 1; }));
  std::atomic<bool> pulling = false;
  const std::jthread pull([&] { pulling = lock.hold_for_pull("redis:7", {}).has_value(); });
  give_up.request_stop();
  EXPECT_TRUE(eventually([&] { return pulling.load(); }));
}

TEST(EngineLock, AllowsOneDeletionAtATime) {
  EngineLock lock;
  auto first = lock.hold_for_deletion(at_once, {});
  ASSERT_TRUE(first);
  EXPECT_FALSE(lock.hold_for_deletion(at_once, {}));
  first.reset();
  EXPECT_TRUE(lock.hold_for_deletion(at_once, {}));
}

TEST(EngineLock, EndsEveryWaitWhenAskedToStop) {
  EngineLock lock;
  std::stop_source stop;
  auto deletion = lock.hold_for_deletion(at_once, {});
  std::atomic<int> ended = 0;
  const std::jthread pull([&] {
    EXPECT_FALSE(lock.hold_for_pull("nginx:1.25", stop.get_token()));
    ++ended;
  });
  const std::jthread other([&] {
    EXPECT_FALSE(lock.hold_for_deletion(patience, stop.get_token()));
    ++ended;
  });
  EXPECT_TRUE(eventually([&] { return lock.waiting_deletions() == 1; }));
  EXPECT_EQ(ended, 0);
  stop.request_stop();
  EXPECT_TRUE(eventually([&] { return ended == 2; }));
  deletion.reset();
  EXPECT_FALSE(lock.hold_for_pull("nginx:1.25", stop.get_token())) << "stopped before it began";
  EXPECT_FALSE(lock.hold_for_deletion(at_once, stop.get_token()));
  EXPECT_TRUE(lock.hold_for_deletion(at_once, {})) << "nothing is left behind";
}

TEST(EngineLock, NeverLetsAPullAndADeletionMeet) {
  constexpr int rounds = 300;
  EngineLock lock;
  std::atomic<int> pulling = 0;
  std::atomic<int> deleting = 0;
  std::atomic<int> meetings = 0;
  const auto pull = [&](const std::string& reference) {
    for (int i = 0; i < rounds; ++i) {
      const auto hold = lock.hold_for_pull(reference, {});
      ++pulling;
      if (deleting != 0) ++meetings;
      std::this_thread::yield();
      --pulling;
    }
  };
  const auto remove = [&] {
    for (int i = 0; i < rounds; ++i) {
      const auto hold = lock.hold_for_deletion(patience, {});
      if (++deleting != 1 || pulling != 0) ++meetings;
      std::this_thread::yield();
      --deleting;
    }
  };
  {
    const std::jthread first(pull, "nginx:1.25");
    const std::jthread second(pull, "redis:7");
    const std::jthread third(remove);
    const std::jthread fourth(remove);
  }
  EXPECT_EQ(meetings, 0);
  EXPECT_THAT(lock.pulls(), IsEmpty());
}

}  // namespace
}  // namespace caretaker
