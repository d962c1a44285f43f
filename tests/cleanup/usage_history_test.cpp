// SPDX-License-Identifier: MIT
#include "cleanup/usage_fixture.h"

namespace caretaker::usage_test {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST_F(UsageHistoryTest, NewObjectsAreFirstSeenNow) {
  Inventory first = two_images(now + 1);
  first.volumes.items = {{.name = "data"}};
  first.networks.items = {{.id = "n1", .name = "front"}};
  history.reconcile(first);
  const ObjectUsage expected{.first_seen_ms = now + 1, .last_used_ms = 0, .unused_since_ms = now + 1};
  for (const auto& [kind, id] : {std::pair(image, id_a), std::pair(volume, std::string("data")),
                                 std::pair(network, std::string("n1"))}) {
    const ObjectUsage found = usage(kind, id);
    EXPECT_EQ(found.first_seen_ms, expected.first_seen_ms) << id;
    EXPECT_EQ(found.last_used_ms, expected.last_used_ms) << id;
    EXPECT_EQ(found.unused_since_ms, expected.unused_since_ms) << id;
  }
}

TEST_F(UsageHistoryTest, WhatAContainerNeedsIsUsedNow) {
  Inventory used = two_images(now);
  used.volumes.items = {{.name = "data"}, {.name = "other"}};
  used.networks.items = {{.id = "n1", .name = "front"}, {.id = "n2", .name = "back"}, {.id = "n3"}};
  Container container = made_from(image_a(), "nginx", "exited");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"},
                      {.type = ContainerMount::Type::image, .name = "redis:7"}};
  container.networks = {"front", "n2"};
  used.containers.items = {container};
  for (const std::int64_t time : {now, now + day}) {
    used.time_ms = time;
    history.reconcile(used);
    for (const auto& [kind, id] :
         {std::pair(image, id_a), std::pair(image, id_b), std::pair(volume, std::string("data")),
          std::pair(network, std::string("n1")), std::pair(network, std::string("n2"))}) {
      EXPECT_EQ(usage(kind, id).last_used_ms, time) << id;
      EXPECT_EQ(usage(kind, id).unused_since_ms, 0) << id;
    }
  }
  EXPECT_EQ(usage(volume, "other").unused_since_ms, now);
  EXPECT_EQ(usage(network, "n3").unused_since_ms, now);
}

TEST_F(UsageHistoryTest, WhatIsNotUsedAnyMoreIsUnusedSinceThatLook) {
  Inventory used = two_images(now);
  used.containers.items = {made_from(image_a(), "nginx")};
  history.reconcile(used);
  used.containers.items.clear();
  for (const std::int64_t later : {1, 2, 3}) {
    used.time_ms = now + later * minute;
    history.reconcile(used);
    EXPECT_EQ(usage(image, id_a).last_used_ms, now);
    EXPECT_EQ(usage(image, id_a).unused_since_ms, now + minute);
  }
}

TEST_F(UsageHistoryTest, AUseThatEndedUnwatchedMayHaveEndedJustNow) {
  Inventory used = two_images(now);
  used.containers.items = {made_from(image_a(), "nginx")};
  history.reconcile(used);
  history.connected(now + day, true);
  history.reconcile(two_images(now + day + minute));
  EXPECT_EQ(usage(image, id_a).last_used_ms, now + day + minute);
  EXPECT_EQ(usage(image, id_b).last_used_ms, 0);
}

TEST_F(UsageHistoryTest, AContainerMadeFromATagThatHasMovedUsesBothImages) {
  Inventory moved = inventory(now);
  moved.images.items = {{.id = id_a}, {.id = id_b, .tags = {"nginx:latest"}}};
  moved.containers.items = {made_from(image_a(), "nginx")};
  history.reconcile(moved);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, 0);
  EXPECT_EQ(usage(image, id_b).unused_since_ms, 0);
}

TEST_F(UsageHistoryTest, AServiceUsesItsImage) {
  Inventory swarm = two_images(now);
  swarm.service_images.items = {"redis:7@sha256:" + std::string(64, 'c')};
  history.reconcile(swarm);
  EXPECT_EQ(usage(image, id_b).unused_since_ms, 0);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, now);
}

TEST_F(UsageHistoryTest, TheEnginesOwnCountIsAUse) {
  Inventory counted = two_images(now);
  counted.images.items.back().containers = 1;
  history.reconcile(counted);
  EXPECT_EQ(usage(image, id_b).unused_since_ms, 0);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, now);
}

TEST_F(UsageHistoryTest, UnknownContainersUseEverything) {
  Inventory unknown = two_images(now);
  unknown.volumes.items = {{.name = "data"}};
  unknown.networks.items = {{.id = "n1"}};
  history.reconcile(unknown);
  unknown.containers.complete = false;
  unknown.time_ms = now + day;
  history.reconcile(unknown);
  for (const auto& [kind, id] : {std::pair(image, id_a), std::pair(volume, std::string("data")),
                                 std::pair(network, std::string("n1"))}) {
    EXPECT_EQ(usage(kind, id).last_used_ms, now + day) << id;
    EXPECT_EQ(usage(kind, id).unused_since_ms, 0) << id;
  }
}

TEST_F(UsageHistoryTest, UnknownServicesUseAllImages) {
  Inventory unknown = two_images(now);
  unknown.service_images.complete = false;
  unknown.volumes.items = {{.name = "data"}};
  history.reconcile(unknown);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, 0);
  EXPECT_EQ(usage(volume, "data").unused_since_ms, now);
}

TEST_F(UsageHistoryTest, GoneObjectsAreForgottenOfCompleteListsOnly) {
  Inventory all = two_images(now);
  all.volumes.items = {{.name = "data"}};
  history.reconcile(all);
  (void)history.take_changes();
  Inventory none = inventory(now + minute);
  none.volumes.complete = false;
  history.reconcile(none);
  EXPECT_FALSE(knows(image, id_a));
  EXPECT_TRUE(knows(volume, "data"));
  EXPECT_THAT(history.take_changes().forgotten, ElementsAre(Pair(image, id_a), Pair(image, id_b)));
}

TEST_F(UsageHistoryTest, AVolumeMadeAnewUnderItsNameBeginsAnew) {
  Inventory volumes = inventory(now);
  volumes.volumes.items = {{.name = "data", .created_ms = now - day}};
  history.reconcile(volumes);
  volumes.time_ms = now + day;
  volumes.volumes.items.front().created_ms = now + 500;  // within the engine's second
  history.reconcile(volumes);
  EXPECT_EQ(usage(volume, "data").first_seen_ms, now);
  volumes.volumes.items.front().created_ms = now + minute;
  history.reconcile(volumes);
  EXPECT_EQ(usage(volume, "data").first_seen_ms, now + day);
  EXPECT_EQ(usage(volume, "data").unused_since_ms, now + day);
}

TEST_F(UsageHistoryTest, ACreationInTheFutureMakesNothingNew) {
  Inventory volumes = inventory(now);
  volumes.volumes.items = {{.name = "data", .created_ms = now + 365 * day}};
  history.reconcile(volumes);
  volumes.time_ms = now + day;
  history.reconcile(volumes);
  EXPECT_EQ(usage(volume, "data").first_seen_ms, now);
}

TEST_F(UsageHistoryTest, ContainersAreUsedWhileTheyRun) {
  Inventory running = two_images(now);
  running.containers.items = {made_from(image_a(), "nginx")};
  history.reconcile(running);
  running.time_ms = now + minute;
  history.reconcile(running);
  EXPECT_EQ(usage(container, "c1").last_used_ms, now + minute);
  running.time_ms = now + day;
  running.containers.items = {made_from(image_a(), "nginx", "exited")};
  running.containers.items.front().finished_ms = now + 2 * minute;
  history.reconcile(running);
  EXPECT_EQ(usage(container, "c1").last_used_ms, now + 2 * minute);
  EXPECT_EQ(usage(container, "c1").unused_since_ms, now + day);
}

TEST_F(UsageHistoryTest, AnUnknownStateIsRunning) {
  Inventory running = inventory(now);
  running.containers.items = {made_from(image_a(), "nginx", "hibernating")};
  history.reconcile(running);
  EXPECT_EQ(usage(container, "c1").unused_since_ms, 0);
}

TEST_F(UsageHistoryTest, WhoGetsATagIsWanted) {
  history.reconcile(two_images(now));
  Inventory later = two_images(now + day);
  later.images.items.back().tags = {"nginx:latest", "redis:7"};
  later.images.items.front().tags = {"nginx:1.25"};
  history.reconcile(later);
  EXPECT_EQ(usage(image, id_b).last_used_ms, now + day);
  EXPECT_EQ(usage(image, id_b).unused_since_ms, now + day);
  EXPECT_EQ(usage(image, id_a).last_used_ms, 0);
}

TEST_F(UsageHistoryTest, AFutureThatWasAWrongClockIsCutOff) {
  history.reconcile(two_images(now + 365 * day));
  history.observed(now + 365 * day);
  history.connected(now + 365 * day, true);
  history.observed(now);
  history.reconcile(two_images(now));
  EXPECT_EQ(usage(image, id_a).first_seen_ms, now);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, now);
  EXPECT_EQ(history.observation().since_ms, now);
  EXPECT_EQ(history.observation().until_ms, now);
}

TEST_F(UsageHistoryTest, RemembersNoMoreThanItsLimit) {
  Inventory many = inventory(now);
  for (std::size_t i = 0; i <= usage_objects_max; ++i) {
    many.volumes.items.push_back({.name = "v" + std::to_string(1'000'000 + i)});
  }
  history.reconcile(many);
  EXPECT_TRUE(knows(volume, "v1000000"));
  EXPECT_FALSE(knows(volume, "v1100000"));
  EXPECT_EQ(history.take_changes().changed.size(), usage_objects_max);
}

}  // namespace
}  // namespace caretaker::usage_test
