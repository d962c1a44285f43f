// SPDX-License-Identifier: MIT
// The disk is too full: the least recently used go, as many as are needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::IsEmpty;
using namespace std::chrono_literals;
using std::chrono::days;

struct Pressure : testing::Test {
  Pressure() {
    for (int i = 1; i <= 4; ++i) {
      const std::string digits = "a" + std::to_string(i);
      world.add_image(digits, {"app:" + std::to_string(i)});
      world.used(digits, days(10 * i));
    }
  }
  std::string going(std::uint64_t wanted_bytes) {
    world.moment.wanted_bytes = wanted_bytes;
    return targets(world.plan(), ObjectKind::image);
  }
  World world;
};

TEST_F(Pressure, WithoutItTaggedImagesStay) {
  EXPECT_EQ(going(0), "");
  EXPECT_EQ(world.image_reason("a4"), Reason::not_needed);
}

TEST_F(Pressure, TheLeastRecentlyUsedGoFirstAndNoMoreThanNeeded) {
  EXPECT_EQ(going(1), "app:4");
  EXPECT_EQ(going(100 * mib), "app:4");
  EXPECT_EQ(going(100 * mib + 1), "app:4 app:3");
  EXPECT_EQ(going(400 * mib), "app:4 app:3 app:2 app:1");
  EXPECT_EQ(going(PlanMoment::everything), "app:4 app:3 app:2 app:1");
}

TEST_F(Pressure, TellsWhyTheRestStays) {
  EXPECT_EQ(going(150 * mib), "app:4 app:3");
  EXPECT_EQ(world.image_verdict("a3").explanation,
            "no container uses it, last used 30 days ago; number 2 of those unused for longest");
  EXPECT_EQ(world.image_reason("a2"), Reason::enough_freed);
  EXPECT_EQ(world.image_verdict("a2").explanation,
            "no container uses it, last used 20 days ago; what goes before it frees 200.0 MiB");
}

TEST_F(Pressure, WhatGoesAnywayCountsFirst) {
  world.add_image("d1", {}, 60 * mib);
  world.add_record("r1", days(9), 50 * mib);
  EXPECT_EQ(going(110 * mib), image_id("d1"));
  EXPECT_EQ(going(111 * mib), image_id("d1") + " app:4");
}

TEST_F(Pressure, OnlyWhatAnImageDoesNotShareCounts) {
  for (Image& image : world.inventory.images.items) image.shared_bytes = 90 * mib;
  EXPECT_EQ(going(20 * mib), "app:4 app:3");
  const Plan plan = world.plan();
  EXPECT_EQ(plan.bytes_min, 20 * mib);
  EXPECT_EQ(plan.bytes_max, 200 * mib);
}

TEST_F(Pressure, NothingIsCertainWhereWhatIsSharedIsNotKnown) {
  EXPECT_EQ(going(200 * mib), "app:4 app:3");
  const Plan plan = world.plan();
  EXPECT_EQ(plan.bytes_min, 0U);
  EXPECT_EQ(plan.bytes_max, 200 * mib);
}

TEST_F(Pressure, FiguresThatCannotBeDoNotWrapAround) {
  world.inventory.images.items[3].shared_bytes = 500 * mib;
  world.inventory.images.items[2].size_bytes.reset();
  world.inventory.images.items[1].size_bytes = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(going(1), "app:4 app:3 app:2");
  EXPECT_EQ(going(PlanMoment::everything), "app:4 app:3 app:2 app:1");
  EXPECT_EQ(world.plan().bytes_max, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(world.plan().bytes_min, 0U);
}

TEST_F(Pressure, OfEqualUseTheLargerGoesFirstThenTheLowerId) {
  for (const char* digits : {"a1", "a2", "a3", "a4"}) world.used(digits, days(9));
  for (Image& image : world.inventory.images.items) image.shared_bytes = 0;
  world.inventory.images.items[2].size_bytes = 101 * mib;
  EXPECT_EQ(going(PlanMoment::everything), "app:3 app:1 app:2 app:4");
}

TEST_F(Pressure, ANewOrRetaggedImageIsNotTheLeastRecentlyUsed) {
  world.usage(ObjectKind::image, image_id("a4")) = {
      .kind = ObjectKind::image, .id = image_id("a4"), .first_seen_ms = world.ago(days(1))};
  world.inventory.images.items[2].tagged_ms = world.ago(days(2));
  EXPECT_EQ(going(PlanMoment::everything), "app:2 app:1 app:3 app:4");
}

TEST_F(Pressure, ImagesAfterTheirTimeGoBeforeTheOthers) {
  world.policy.docker.image_unused_for = days(35);
  EXPECT_EQ(going(0), "app:4");
  EXPECT_EQ(going(200 * mib), "app:4 app:3");
  EXPECT_EQ(world.image_reason("a4"), Reason::unused_too_long);
  EXPECT_EQ(world.image_reason("a3"), Reason::least_recently_used);
}

TEST_F(Pressure, ItNeverTouchesWhatIsYoungKeptOrUsed) {
  world.policy.cleanup.keep = {"app:4"};
  world.add_container("web", "app:3", image_id("a3"));
  world.usage(ObjectKind::image, image_id("a2")).first_seen_ms = world.ago(1h);
  EXPECT_EQ(going(PlanMoment::everything), "app:1");
}

TEST_F(Pressure, ItMakesNoOtherKindGoSooner) {
  world.add_volume("v", false);
  world.usage(ObjectKind::network, world.add_network("n").id).unused_since_ms = world.ago(1h);
  going(PlanMoment::everything);
  EXPECT_EQ(targets(world.plan(), ObjectKind::volume), "");
  EXPECT_EQ(targets(world.plan(), ObjectKind::network), "");
}

}  // namespace
}  // namespace caretaker
