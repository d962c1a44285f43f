// SPDX-License-Identifier: MIT
// What is in use, by whom, and how the planner knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;
using std::chrono::days;

// Everything that may go goes.
struct Use : testing::Test {
  Use() { world.moment.wanted_bytes = PlanMoment::everything; }
  World world;
};

ContainerMount image_mount(const std::string& reference) {
  return {.type = ContainerMount::Type::image, .name = reference};
}

TEST_F(Use, AContainerInAnyStateKeepsItsImage) {
  for (const char* state :
       {"created", "running", "paused", "restarting", "removing", "exited", "dead", "x", ""}) {
    World each = world;
    each.add_image("a1", {"app:1"});
    each.add_container("web-1", "app:1", image_id("a1")).state = state;
    EXPECT_EQ(each.image_reason("a1"), Reason::in_use) << state;
    EXPECT_EQ(targets(each.plan(), ObjectKind::image), "") << state;
  }
}

TEST_F(Use, NamesTheRunningContainerAndCountsTheOthers) {
  world.add_image("a1", {"app:1"});
  world.add_container("a-batch", "app:1", image_id("a1")).state = "exited";
  world.add_container("web-2", "app:1", image_id("a1")).id = "1";
  world.add_container("web-1", "app:1", image_id("a1")).id = "2";
  const Verdict verdict = world.image_verdict("a1");
  EXPECT_EQ(verdict.rule, "web-1");
  EXPECT_EQ(verdict.explanation, "container web-1 (running) and 2 others use it");
}

TEST_F(Use, AllTagsOfAUsedImageStay) {
  world.add_image("a1", {"app:1", "app:stable", "mirror:5000/app:1"});
  world.add_container("web", "app:1", image_id("a1"));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_THAT(world.plan().actions, IsEmpty());
}

TEST_F(Use, ATagThatMovedKeepsTheOldAndTheNewImage) {
  world.add_image("01d", {});
  world.add_image("0e3", {"app:1"});
  world.add_container("web", "app:1", image_id("01d"));
  EXPECT_EQ(world.image_verdict("01d").explanation, "container web (running) uses it");
  EXPECT_EQ(world.image_reason("0e3"), Reason::in_use);
  EXPECT_EQ(world.image_verdict("0e3").explanation, "container web (running) refers to it as app:1");
}

TEST_F(Use, AContainerMadeFromADigestKeepsTheImage) {
  world.add_image("a1", {}).digests = {"app@" + image_id("d1")};
  world.add_image("a2", {}).digests = {"app@" + image_id("d2")};
  world.add_container("web", "docker.io/library/app@" + image_id("d1"));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_EQ(world.image_reason("a2"), Reason::least_recently_used);
}

TEST_F(Use, AContainerMadeFromTagAndDigestKeepsWhatBothMean) {
  world.add_image("a1", {}).digests = {"app@" + image_id("d1")};
  world.add_image("a2", {"app:1"});
  world.add_container("web", "app:1@" + image_id("d1"));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_EQ(world.image_reason("a2"), Reason::in_use);
}

TEST_F(Use, InContainerdsStoreTheIdIsADigest) {
  world.add_image("a1", {});
  world.add_container("web", "app@" + image_id("a1"));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
}

TEST_F(Use, EveryWayToWriteANameMeansTheSameImage) {
  for (const char* text :
       {"nginx", "nginx:latest", "library/nginx", "docker.io/nginx", "docker.io/library/nginx:latest"}) {
    for (const char* tag : {"nginx:latest", "docker.io/library/nginx:latest", "localhost/nginx:latest"}) {
      World each = world;
      each.add_image("a1", {tag});
      each.add_container("web", text);
      EXPECT_EQ(each.image_reason("a1"), Reason::in_use) << text << " and " << tag;
    }
  }
}

TEST_F(Use, TheBeginningOfAnIdIsEnough) {
  world.add_image("cafe12", {"app:1"});
  world.add_image("cafe13", {"app:2"});
  world.add_container("web", "cafe12");
  EXPECT_EQ(world.image_reason("cafe12"), Reason::in_use);
  EXPECT_EQ(world.image_reason("cafe13"), Reason::least_recently_used);
}

TEST_F(Use, AnIdWithoutItsAlgorithmIsTheSame) {
  world.add_image("a1", {"app:1"});
  world.add_container("web", "gone", image_id("a1").substr(7));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
}

TEST_F(Use, AContainerOfAnUnlistedImageKeepsAllThatItCouldBe) {
  world.add_image("a1", {"app:1"});
  world.add_image("a2", {}).digests = {"app@" + image_id("d2")};
  world.add_image("b1", {"other:1"});
  world.add_container("web", "app:7", image_id("fff"));
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_EQ(world.image_reason("a2"), Reason::in_use);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "container web (running) may use it: it names app:7, which is not in the list");
  EXPECT_EQ(world.image_reason("b1"), Reason::least_recently_used);
}

TEST_F(Use, WithoutAnIdATagMayHaveMovedSinceTheContainerWasMade) {
  world.add_image("a1", {"app:1"});
  world.add_image("a2", {"app:2"});
  world.add_container("web", "app:1");
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_EQ(world.image_reason("a2"), Reason::in_use);
}

TEST_F(Use, WithAnIdOtherTagsOfTheRepositoryMayGo) {
  world.add_image("a1", {"app:1"});
  world.add_image("a2", {"app:2"});
  world.add_container("web", "app:1", image_id("a1"));
  EXPECT_EQ(targets(world.plan(), ObjectKind::image), "app:2");
}

TEST_F(Use, AnImageMountIsAUse) {
  world.add_image("a1", {"app:1"});
  world.add_image("da", {"data:1"});
  world.add_image("db", {"data:2"});
  world.add_container("web", "app:1", image_id("a1")).mounts = {image_mount("data:1")};
  EXPECT_EQ(world.image_verdict("da").explanation, "container web (running) mounts it");
  EXPECT_EQ(world.image_reason("da"), Reason::in_use);
  EXPECT_EQ(world.image_reason("db"), Reason::least_recently_used);
}

TEST_F(Use, AnImageMountByIdOrOfAnUnlistedTagIsAUseToo) {
  world.add_image("a1", {"app:1"});
  world.add_image("da", {"data:1"});
  world.add_image("db", {"base:2"});
  world.add_container("web", "app:1", image_id("a1")).mounts = {image_mount("data:9"),
                                                                image_mount(image_id("db"))};
  EXPECT_EQ(world.image_reason("da"), Reason::in_use);
  EXPECT_EQ(world.image_reason("db"), Reason::in_use);
}

TEST_F(Use, AServiceKeepsWhatItIsMadeFrom) {
  world.add_image("a1", {"app:1"}).digests = {"app@" + image_id("d1")};
  world.add_image("a2", {"app:2"});
  world.inventory.service_images.items = {"app:0@" + image_id("d1"), "elsewhere:1"};
  const Verdict verdict = world.image_verdict("a1");
  EXPECT_EQ(verdict.reason, Reason::in_use);
  EXPECT_EQ(verdict.explanation, "a service is made from app:0@" + image_id("d1"));
  EXPECT_EQ(world.image_reason("a2"), Reason::least_recently_used);
}

TEST_F(Use, TheEnginesOwnCountIsBelieved) {
  world.add_image("a1", {"app:1"}).containers = 2;
  world.add_image("a2", {"app:2"}).containers = 0;
  EXPECT_EQ(world.image_reason("a1"), Reason::in_use);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "the engine counts 2 containers that use it and are not in the list");
  EXPECT_EQ(world.image_reason("a2"), Reason::least_recently_used);
}

TEST_F(Use, AContainerThatTellsNoImageMayUseAnyOfThem) {
  world.add_image("a1", {"app:1"});
  world.add_container("web", "");
  EXPECT_EQ(world.image_reason("a1"), Reason::unknown_state);
  const Plan plan = world.plan();
  ASSERT_EQ(plan.incomplete.size(), 1U);
  EXPECT_THAT(plan.incomplete[0].problem, HasSubstr("does not tell the image of 1 container"));
}

TEST_F(Use, AContainerThatGoesKeepsItsImageForThisRun) {
  world.add_image("a1", {"app:1"});
  Container& container = world.add_container("batch", "app:1", image_id("a1"));
  container.state = "exited";
  container.finished_ms = world.ago(days(30));
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::container), "batch-id");
  EXPECT_EQ(targets(plan, ObjectKind::image), "");
}

// A list that is not whole.

TEST_F(Use, WithoutAllContainersNothingIsUnused) {
  world.add_image("a1", {"app:1"});
  world.add_image("a2", {});
  world.add_volume("v");
  world.add_network("n");
  world.add_container("c", "app:1").state = "exited";
  world.add_record("r", days(30), mib);
  world.inventory.containers.complete = false;
  world.inventory.containers.problem = "timeout";
  const Plan plan = world.plan();
  EXPECT_EQ(plan.incomplete.size(), 4U);
  for (const Verdict& verdict : plan.verdicts) {
    if (verdict.kind == ObjectKind::build_cache) continue;
    EXPECT_EQ(verdict.reason, Reason::unknown_state) << verdict.id;
    EXPECT_THAT(verdict.explanation, HasSubstr("timeout"));
  }
  EXPECT_EQ(plan.actions.size(), 1U) << "build cache has no users among containers";
}

TEST_F(Use, WithoutTheServicesNoImageIsUnused) {
  world.add_image("a1", {"app:1"});
  world.add_volume("v");
  world.inventory.service_images = {.problem = "503"};
  EXPECT_EQ(world.image_reason("a1"), Reason::unknown_state);
  EXPECT_EQ(targets(world.plan(), ObjectKind::volume), "v");
}

TEST_F(Use, AnIncompleteListTouchesItsOwnKindOnly) {
  world.add_image("a1", {"app:1"});
  world.add_volume("v");
  world.inventory.volumes.complete = false;
  world.inventory.volumes.problem = "garbage";
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::image), "app:1");
  EXPECT_EQ(targets(plan, ObjectKind::volume), "");
  ASSERT_EQ(plan.incomplete.size(), 1U);
  EXPECT_EQ(plan.incomplete[0].kind, ObjectKind::volume);
  EXPECT_EQ(plan.incomplete[0].problem, "volumes are not known: garbage");
}

TEST_F(Use, AListThatWasNotAskedForIsNoProblemWhereThePolicyIsOff) {
  world.policy.docker.volumes = VolumePolicy::off;
  world.policy.docker.networks = false;
  world.inventory.volumes = {};
  world.inventory.networks = {};
  EXPECT_THAT(world.plan().incomplete, IsEmpty());
  world.policy.docker.networks = true;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.incomplete.size(), 1U);
  EXPECT_EQ(plan.incomplete[0].problem, "networks were not listed");
}

TEST_F(Use, WhatIsListedTwiceOrWithoutAnIdIsNotUnderstood) {
  world.add_image("a1", {"app:1"});
  world.add_image("a1", {"app:2"});
  world.add_image("a2", {"app:3"}).id.clear();
  world.add_volume("v");
  world.add_volume("v");
  const Plan plan = world.plan();
  EXPECT_EQ(plan.verdicts.size(), 5U);
  for (const Verdict& verdict : plan.verdicts) EXPECT_EQ(verdict.reason, Reason::unknown_state);
}

}  // namespace
}  // namespace caretaker
