// SPDX-License-Identifier: MIT
#include "cleanup/usage_fixture.h"

namespace caretaker::usage_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UsageHistoryObservation, BeginsWithTheFirstConnection) {
  UsageHistory history({}, {});
  history.connected(now, false);
  EXPECT_EQ(history.observation(), (Observation{.first_ms = now, .since_ms = now, .until_ms = now}));
  history.observed(now + minute);
  history.connected(now + 2 * minute, false);
  EXPECT_EQ(history.observation().since_ms, now);
  EXPECT_EQ(history.observation().until_ms, now + minute);
}

TEST(UsageHistoryObservation, BeginsAnewAfterAGap) {
  UsageHistory history({}, {.first_ms = now, .since_ms = now, .until_ms = now + minute});
  history.connected(now + day, true);
  EXPECT_EQ(history.observation(),
            (Observation{.first_ms = now, .since_ms = now + day, .until_ms = now + day}));
}

TEST(UsageHistoryObservation, RemembersTheNewestEvent) {
  UsageHistory history({}, {});
  history.connected(now, false);
  history.apply(event("image", "delete", id_a, now + 7));
  EXPECT_EQ(history.observation().last_event_ns, (now + 7) * ns_per_ms);
  history.apply(event("image", "delete", id_a, 0));
  EXPECT_EQ(history.observation().last_event_ns, (now + 7) * ns_per_ms);
}

TEST(UsageHistoryChanges, AnIdleHostWritesOnceAMinute) {
  UsageHistory history({}, {});
  history.connected(now, false);
  Inventory same = two_images(now);
  same.containers.items = {made_from(image_a(), "nginx"), made_from(image_b(), "redis:7", "exited")};
  same.containers.items.back().id = "c2";
  same.containers.items.back().finished_ms = now - 1;
  same.volumes.items = {{.name = "data"}};
  history.reconcile(same);
  EXPECT_EQ(history.take_changes().changed.size(), 5U);
  int writes = 0;
  for (std::int64_t second = 1; second <= 600; ++second) {
    same.time_ms = now + second * 1000;
    history.observed(same.time_ms);
    history.reconcile(same);
    const UsageChange change = history.take_changes();
    EXPECT_THAT(change.changed, IsEmpty());
    EXPECT_THAT(change.forgotten, IsEmpty());
    if (change.observation) ++writes;
  }
  EXPECT_EQ(writes, 10);
}

TEST(UsageHistoryChanges, AClockThatWentBackIsWrittenAtOnce) {
  UsageHistory history({}, {});
  history.connected(now - day, false);
  history.observed(now);
  (void)history.take_changes();
  history.observed(now - minute);
  const UsageChange change = history.take_changes();
  ASSERT_TRUE(change.observation);
  EXPECT_EQ(change.observation->until_ms, now - minute);
}

TEST(UsageHistoryChanges, ABeginningIsWrittenAtOnce) {
  UsageHistory history({}, {});
  history.connected(now, false);
  EXPECT_EQ(history.take_changes().observation, history.observation());
  EXPECT_TRUE(history.take_changes().empty());
  history.connected(now + 1, true);
  EXPECT_EQ(history.take_changes().observation, history.observation());
}

TEST(UsageHistoryChanges, EachIsWrittenOnceWithItsLastValue) {
  UsageHistory history({}, {});
  history.connected(now, false);
  history.reconcile(two_images(now));
  (void)history.take_changes();
  for (int i = 1; i <= 10; ++i) {
    history.apply(event("container", "start", "c9", now + i, {{"image", "redis:7"}}));
  }
  history.apply(event("container", "destroy", "c9", now + 11, {{"image", "redis:7"}}));
  const ObjectUsage expected{
      .kind = image, .id = id_b, .first_seen_ms = now, .last_used_ms = now + 11, .unused_since_ms = now + 11};
  const UsageChange change = history.take_changes();
  EXPECT_THAT(change.changed, ElementsAre(expected));
  ASSERT_TRUE(change.observation);
  EXPECT_EQ(change.observation->last_event_ns, (now + 11) * ns_per_ms);
}

TEST(UsageHistoryChanges, ARestartKnowsWhatWasWritten) {
  std::map<UsageHistory::Key, ObjectUsage> stored;
  Observation observation;
  const auto write = [&](UsageHistory& history) {
    const UsageChange change = history.take_changes();
    if (change.observation) observation = *change.observation;
    for (const ObjectUsage& usage : change.changed) stored[{usage.kind, usage.id}] = usage;
    for (const auto& key : change.forgotten) stored.erase(key);
  };
  const auto restart = [&] {
    std::vector<ObjectUsage> usages;
    for (const auto& [key, usage] : stored) usages.push_back(usage);
    return UsageHistory(usages, observation);
  };

  Inventory used = two_images(now);
  used.containers.items = {made_from(image_a(), "nginx")};
  UsageHistory first({}, {});
  first.connected(now, false);
  first.reconcile(used);
  write(first);
  first.observed(now + day);
  write(first);

  // In use for as long as we looked, then found unused.
  UsageHistory second = restart();
  EXPECT_EQ(second.observation(), first.observation());
  EXPECT_EQ(second.find(image, id_a)->last_used_ms, now + day);
  EXPECT_EQ(*second.find(image, id_b), *first.find(image, id_b));
  second.reconcile(two_images(now + 2 * day));
  write(second);

  const UsageHistory third = restart();
  EXPECT_EQ(third.find(image, id_a)->first_seen_ms, now);
  EXPECT_EQ(third.find(image, id_a)->last_used_ms, now + day);
  EXPECT_EQ(third.find(image, id_a)->unused_since_ms, now + 2 * day);
  EXPECT_EQ(third.find(container, "c1"), nullptr);
}

}  // namespace
}  // namespace caretaker::usage_test
