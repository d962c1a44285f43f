// SPDX-License-Identifier: MIT
#include "cleanup/usage_fixture.h"

namespace caretaker::usage_test {
namespace {

using UsageEvents = UsageHistoryTest;

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

TEST_F(UsageEvents, ContainerEventsUseTheImageThatWasTyped) {
  history.reconcile(two_images(now));
  std::int64_t time = now;
  for (const std::string& text : {std::string("nginx"), std::string("docker.io/library/nginx:1.25"), id_a,
                                  std::string("aaaaaaaaaaaa")}) {
    for (const char* action : {"create", "start", "die", "destroy"}) {
      time += minute;
      history.apply(event("container", action, "c9", time, {{"image", text}}));
      EXPECT_EQ(usage(image, id_a).last_used_ms, time) << text << ' ' << action;
      EXPECT_EQ(usage(image, id_a).unused_since_ms, time) << text << ' ' << action;
    }
  }
  EXPECT_EQ(usage(image, id_b).last_used_ms, 0);
  EXPECT_EQ(usage(image, id_a).first_seen_ms, now);
}

TEST_F(UsageEvents, ATextThatMeansNothingIsLeftToTheNextLook) {
  history.reconcile(two_images(now));
  (void)history.take_changes();
  history.apply(event("container", "destroy", "c9", now + minute, {{"image", "unknown:1"}}));
  history.apply(event("container", "destroy", "c9", now + minute));
  history.apply(event("plugin", "enable", "p", now + minute));
  EXPECT_TRUE(history.take_changes().changed.empty());
}

TEST_F(UsageEvents, AContainerUsesItsOwnImageAlsoAfterItsTagHasMoved) {
  Inventory moved = inventory(now);
  moved.images.items = {{.id = id_a}, {.id = id_b, .tags = {"nginx:latest"}}};
  moved.containers.items = {made_from(image_a(), "nginx")};
  history.reconcile(moved);
  history.apply(event("container", "die", "c1", now + minute, {{"image", "nginx"}}));
  moved.containers.items.clear();
  moved.time_ms = now + day;
  history.reconcile(moved);
  EXPECT_EQ(usage(image, id_a).last_used_ms, now + minute);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, now + day);
}

TEST_F(UsageEvents, ATagThatMovesBetweenTwoLooksIsFollowed) {
  history.reconcile(two_images(now));
  history.apply(event("image", "tag", id_b, now + minute, {{"name", "nginx:latest"}}));
  history.apply(event("container", "create", "c9", now + 2 * minute, {{"image", "nginx"}}));
  EXPECT_EQ(usage(image, id_b).last_used_ms, now + 2 * minute);
  EXPECT_EQ(usage(image, id_a).last_used_ms, 0);
}

TEST_F(UsageEvents, PullsAndTagsAreUsesDeletionsAreNone) {
  std::int64_t time = now;
  history.reconcile(two_images(time));
  for (const char* action : {"pull", "tag", "load", "import"}) {
    time += minute;
    history.apply(event("image", action, "nginx:latest", time));
    EXPECT_EQ(usage(image, id_a).last_used_ms, time) << action;
  }
  for (const char* action : {"delete", "untag", "prune"}) {
    history.apply(event("image", action, id_a, time + minute));
    EXPECT_EQ(usage(image, id_a).last_used_ms, time) << action;
  }
}

TEST_F(UsageEvents, VolumeAndNetworkEventsAreUses) {
  Inventory objects = inventory(now);
  objects.volumes.items = {{.name = "data"}};
  objects.networks.items = {{.id = "n1"}};
  history.reconcile(objects);
  history.apply(event("volume", "mount", "data", now + minute, {{"container", "c1"}}));
  history.apply(event("network", "connect", "n1", now + minute, {{"container", "c1"}}));
  history.apply(event("volume", "unmount", "data", now + 2 * minute));
  history.apply(event("network", "disconnect", "n1", now + 2 * minute));
  for (const ObjectUsage& found : {usage(volume, "data"), usage(network, "n1")}) {
    EXPECT_EQ(found.first_seen_ms, now);
    EXPECT_EQ(found.last_used_ms, now + 2 * minute);
    EXPECT_EQ(found.unused_since_ms, now + 2 * minute);
  }
  history.apply(event("volume", "create", "new", now + 3 * minute));
  EXPECT_EQ(usage(volume, "new").first_seen_ms, now + 3 * minute);
}

TEST_F(UsageEvents, ADestroyedVolumeIsForgotten) {
  Inventory objects = inventory(now);
  objects.volumes.items = {{.name = "data"}};
  history.reconcile(objects);
  (void)history.take_changes();
  history.apply(event("volume", "destroy", "data", now + minute));
  EXPECT_FALSE(knows(volume, "data"));
  history.apply(event("volume", "create", "data", now + 2 * minute));
  EXPECT_EQ(usage(volume, "data").first_seen_ms, now + 2 * minute);
  const UsageChange change = history.take_changes();
  EXPECT_THAT(change.changed, ElementsAre(Field(&ObjectUsage::first_seen_ms, now + 2 * minute)));
  EXPECT_THAT(change.forgotten, IsEmpty());
}

TEST_F(UsageEvents, WhatCameAndWentIsNotWritten) {
  (void)history.take_changes();
  history.apply(event("container", "create", "c9", now, {{"image", "nginx"}}));
  history.apply(event("container", "destroy", "c9", now, {{"image", "nginx"}}));
  EXPECT_TRUE(history.take_changes().empty());
}

TEST_F(UsageEvents, AnOldEventMakesNothingOlder) {
  history.reconcile(two_images(now + day));
  history.apply(event("container", "die", "c9", now + minute, {{"image", "nginx"}}));
  EXPECT_EQ(usage(image, id_a).last_used_ms, now + minute);
  EXPECT_EQ(usage(image, id_a).unused_since_ms, now + day);
  history.apply(event("volume", "create", "data", 5));  // before the watch began
  EXPECT_EQ(usage(volume, "data").first_seen_ms, now);
  history.apply(event("volume", "create", "other", 0));
  EXPECT_EQ(usage(volume, "other").first_seen_ms, now);
}

}  // namespace
}  // namespace caretaker::usage_test
