// SPDX-License-Identifier: MIT
// Images that nothing uses: age, tags, parents, pulls, keep_last.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::IsEmpty;
using namespace std::chrono_literals;
using std::chrono::days;

TEST(PlanImages, ADanglingOneGoesByItsIdOnceItWasUnusedLongEnough) {
  World world;
  world.add_image("a1", {});
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::image), image_id("a1"));
  EXPECT_EQ(plan.verdicts[0].reason, Reason::dangling);
  EXPECT_EQ(plan.verdicts[0].explanation,
            "no tag points at it, no container uses it, not used since it was first seen 100 days ago");
}

TEST(PlanImages, ADanglingOneThatWasUsedTodayStays) {
  World world;
  world.add_image("a1", {});
  world.used("a1", 23h);
  EXPECT_EQ(world.image_reason("a1"), Reason::recently_used);
  EXPECT_EQ(world.image_verdict("a1").explanation, "last used 23 h ago, dangling_unused_for is 1 day");
  world.used("a1", 24h);
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling);
}

TEST(PlanImages, TheImagesOwnDateSaysNothingAboutItsAge) {
  World world;
  world.add_image("a1", {}).created_ms = world.ago(days(2000));
  world.add_image("a2", {}).created_ms = 0;
  world.add_image("a3", {}).created_ms = -1;
  world.add_image("a4", {}).created_ms = world.now + days(30) / 1ms;
  for (const char* digits : {"a1", "a2", "a3"}) {
    world.usage(ObjectKind::image, image_id(digits)).first_seen_ms = world.ago(1min);
  }
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young);
  EXPECT_EQ(world.image_reason("a2"), Reason::too_young);
  EXPECT_EQ(world.image_reason("a3"), Reason::too_young);
  EXPECT_EQ(world.image_reason("a4"), Reason::dangling);
}

TEST(PlanImages, WhatWasNeverSeenBeforeIsSeenNow) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  world.add_image("a1", {"app:1"});
  world.history.clear();
  const Verdict verdict = world.image_verdict("a1");
  EXPECT_EQ(verdict.reason, Reason::too_young);
  EXPECT_EQ(verdict.explanation, "first seen 0 s ago, min_age is 4 h");
  EXPECT_EQ(verdict.first_seen_ms, world.now);
}

TEST(PlanImages, YoungMeansYoungerThanMinAge) {
  World world;
  world.add_image("a1", {});
  world.policy.docker.dangling_unused_for = 0ms;
  ObjectUsage& usage = world.usage(ObjectKind::image, image_id("a1"));
  usage.first_seen_ms = world.ago(4h) + 1;
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young);
  EXPECT_EQ(world.image_verdict("a1").explanation, "first seen 3 h ago, min_age is 4 h");
  usage.first_seen_ms = world.ago(4h);
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling);
  usage.first_seen_ms = world.now + 1000;
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young) << "the clock went back";
  usage.first_seen_ms = 0;
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young) << "an unknown time is now";
}

TEST(PlanImages, ATagOfTheLastHoursMakesItYoungAgain) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  world.add_image("a1", {"app:1"}).tagged_ms = world.ago(3h);
  EXPECT_EQ(world.image_verdict("a1").explanation, "tagged 3 h ago, min_age is 4 h");
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young);
}

TEST(PlanImages, NothingIsOldBeforeItWasWatchedForMinAge) {
  World world;
  world.add_image("a1", {});
  world.moment.observation.since_ms = world.ago(4h) + 1;
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "the engine has been watched without a gap for 3 h only, min_age is 4 h");
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young);
  world.moment.observation = {};
  EXPECT_EQ(world.image_verdict("a1").explanation, "the engine is not being watched yet");
  EXPECT_EQ(world.image_reason("a1"), Reason::too_young);
}

TEST(PlanImages, OnePulledByDigestIsNotDangling) {
  World world;
  world.add_image("a1", {}).digests = {"app@" + image_id("d1")};
  EXPECT_EQ(world.image_reason("a1"), Reason::not_needed);
  world.moment.wanted_bytes = 1;
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), image_id("a1"));
  world.policy.docker.images = ImagePolicy::dangling;
  EXPECT_EQ(world.image_reason("a1"), Reason::kind_off);
}

TEST(PlanImages, OneThatANewerPullTookTheTagFromIsDangling) {
  World world;
  world.add_image("a1", {}).digests = {"app@" + image_id("d1")};
  world.add_image("a2", {"app:latest"}).digests = {"app@" + image_id("d2")};
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling);
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), image_id("a1"));
  world.policy.docker.images = ImagePolicy::dangling;
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling);
}

TEST(PlanImages, ADanglingOneWithSeveralDigestsGoesDigestByDigest) {
  World world;
  const std::vector<std::string> digests = {"app@" + image_id("d1"), "mirror/app@" + image_id("d1")};
  world.add_image("a1", {}).digests = digests;
  world.add_image("a2", {"app:latest"});
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), digests[0] + ' ' + digests[1]);
}

TEST(PlanImages, PoliciesLeaveTheRestAlone) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  world.add_image("a1", {"app:1"});
  world.add_image("a2", {});
  world.policy.docker.images = ImagePolicy::dangling;
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), image_id("a2"));
  EXPECT_EQ(world.image_reason("a1"), Reason::kind_off);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "[cleanup.docker] images = dangling leaves tagged ones alone");
  world.policy.docker.images = ImagePolicy::off;
  EXPECT_THAT(world.plan().actions, IsEmpty());
  EXPECT_EQ(world.image_reason("a2"), Reason::kind_off);
}

TEST(PlanImages, ATaggedOneGoesUnderPressureOrAfterItsTime) {
  World world;
  world.add_image("a1", {"app:1"});
  world.used("a1", days(54));
  EXPECT_EQ(world.image_reason("a1"), Reason::not_needed);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "no container uses it, last used 54 days ago; it would go if the disk were too full");
  world.policy.docker.image_unused_for = days(60);
  EXPECT_EQ(world.image_reason("a1"), Reason::not_needed);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "no container uses it, last used 54 days ago; it would go if the disk were too full, or once "
            "unused for 60 days");
  world.policy.docker.image_unused_for = days(54);
  EXPECT_EQ(world.image_reason("a1"), Reason::unused_too_long);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "no container uses it, last used 54 days ago; image_unused_for is 54 days");
}

TEST(PlanImages, ALocalTagCountsAsUse) {
  World world;
  world.policy.docker.image_unused_for = days(30);
  world.add_image("a1", {"app:1"}).tagged_ms = world.ago(days(29));
  EXPECT_EQ(world.image_reason("a1"), Reason::not_needed);
}

TEST(PlanImages, AllTagsOfAnImageAreRemovedOneAfterTheOther) {
  World world;
  world.moment.wanted_bytes = 1;
  world.add_image("a1", {"app:1", "app:2", "mirror/app:1"}).digests = {"app@" + image_id("d")};
  const Plan plan = world.plan();
  ASSERT_EQ(plan.actions.size(), 1U);
  EXPECT_EQ(targets(plan, ObjectKind::image), "app:1 app:2 mirror/app:1");
}

TEST(PlanImages, AParentWaitsForItsChildren) {
  World world;
  world.add_image("a1", {});
  world.add_image("c1", {"app:1"}).parent_id = image_id("a1");
  const Verdict verdict = world.image_verdict("a1");
  EXPECT_EQ(verdict.reason, Reason::has_children);
  EXPECT_EQ(verdict.explanation, "app:1 is built on it");
  world.inventory.images.items[1].parent_id = image_id("f");
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling);
  world.inventory.images.items[0].parent_id = image_id("a1");
  EXPECT_EQ(world.image_reason("a1"), Reason::dangling) << "nothing is its own child";
}

TEST(PlanImages, NothingOfARepositoryGoesWhileItIsPulled) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  world.add_image("a1", {"docker.io/library/app:1"});
  world.add_image("a2", {}).digests = {"app@" + image_id("d")};
  world.add_image("a3", {"app-two:1"});
  world.moment.pins = {"app:9"};
  EXPECT_EQ(world.image_reason("a1"), Reason::pull_in_flight);
  EXPECT_EQ(world.image_verdict("a1").rule, "app:9");
  EXPECT_EQ(world.image_reason("a2"), Reason::pull_in_flight);
  EXPECT_EQ(world.image_reason("a3"), Reason::least_recently_used);
}

// keep_last

struct KeepLastTest : testing::Test {
  KeepLastTest() {
    world.moment.wanted_bytes = PlanMoment::everything;
    world.policy.docker.keep_last = 2;
    for (int i = 1; i <= 4; ++i) {
      const std::string digits = "a" + std::to_string(i);
      world.add_image(digits, {"app:" + std::to_string(i)});
      world.used(digits, days(i));
    }
  }
  World world;
};

TEST_F(KeepLastTest, TheMostRecentlyUsedStay) {
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:4 app:3");
  const Verdict kept = world.image_verdict("a2");
  EXPECT_EQ(kept.reason, Reason::keep_last);
  EXPECT_EQ(kept.rule, "app");
  EXPECT_EQ(kept.explanation, "one of the keep_last = 2 of app that stay, last used 2 days ago");
  EXPECT_EQ(
      world.image_verdict("a4").explanation,
      "no container uses it, last used 4 days ago, beyond keep_last = 2 of app; number 1 of those unused "
      "for longest");
}

TEST_F(KeepLastTest, OnesInUseComeFirst) {
  world.add_container("web", "app:4", image_id("a4"));
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:3 app:2");
  EXPECT_EQ(world.image_reason("a1"), Reason::keep_last);
}

TEST_F(KeepLastTest, OfEqualUseTheNewestBuiltStayThenTheLowerId) {
  for (const char* digits : {"a1", "a2", "a3", "a4"}) world.used(digits, days(9));
  world.inventory.images.items[3].created_ms = world.ago(days(10));
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:2 app:3");
}

TEST_F(KeepLastTest, EveryRepositoryKeepsItsOwnAndOneIsEnough) {
  world.inventory.images.items[3].tags = {"app:4", "mirror/app:4"};
  EXPECT_EQ(world.image_reason("a4"), Reason::keep_last);
  EXPECT_EQ(world.image_verdict("a4").rule, "mirror/app");
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:3");
}

TEST_F(KeepLastTest, PodmansLongNameIsTheSameRepository) {
  world.inventory.images.items[0].tags = {"docker.io/library/app:1"};
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:4 app:3");
}

TEST_F(KeepLastTest, DanglingOnesBelongToNoRepository) {
  world.add_image("b1", {});
  world.add_image("b2", {});
  EXPECT_EQ(world.image_reason("b1"), Reason::dangling);
  EXPECT_EQ(world.image_reason("b2"), Reason::dangling);
}

}  // namespace
}  // namespace caretaker
