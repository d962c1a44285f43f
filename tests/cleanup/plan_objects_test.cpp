// SPDX-License-Identifier: MIT
// Containers, networks and volumes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::IsEmpty;
using namespace std::chrono_literals;
using std::chrono::days;

Container& add_exited(World& world, const std::string& name, std::chrono::milliseconds ago) {
  Container& container = world.add_container(name, "app:1");
  container.state = "exited";
  container.finished_ms = world.ago(ago);
  return container;
}

Reason container_reason(const World& world, const std::string& name) {
  return world.verdict(ObjectKind::container, name + "-id").reason;
}

TEST(PlanContainers, OneThatEndedLongAgoGoesByItsId) {
  World world;
  add_exited(world, "batch", days(8));
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::container), "batch-id");
  EXPECT_EQ(plan.verdicts[0].explanation, "ended 8 days ago, container_exited_for is 7 days");
  EXPECT_THAT(plan.verdicts[0].names, testing::ElementsAre("batch"));
}

TEST(PlanContainers, OnlyTheTimeSinceItsEndCounts) {
  World world;
  add_exited(world, "batch", days(7)).finished_ms += 1;
  EXPECT_EQ(container_reason(world, "batch"), Reason::recently_used);
  world.inventory.containers.items[0].finished_ms -= 1;
  EXPECT_EQ(container_reason(world, "batch"), Reason::unused_too_long);
}

TEST(PlanContainers, WhatIsNotOverIsInUse) {
  for (const char* state : {"running", "paused", "restarting", "removing", "stopping"}) {
    World world;
    add_exited(world, "batch", days(30)).state = state;
    EXPECT_EQ(container_reason(world, "batch"), Reason::in_use) << state;
  }
  World world;
  add_exited(world, "dead", days(30)).state = "dead";
  add_exited(world, "blank", days(30)).state = "";
  EXPECT_EQ(container_reason(world, "dead"), Reason::unused_too_long);
  EXPECT_EQ(container_reason(world, "blank"), Reason::unknown_state);
}

TEST(PlanContainers, OneThatWasNeverStartedIsAsOldAsItsCreation) {
  World world;
  Container& container = add_exited(world, "new", 0ms);
  container.state = "created";
  container.finished_ms = 0;
  container.created_ms = world.ago(days(9));
  EXPECT_EQ(container_reason(world, "new"), Reason::unused_too_long);
  container.created_ms = world.ago(days(6));
  EXPECT_EQ(container_reason(world, "new"), Reason::recently_used);
  container.created_ms = 0;
  EXPECT_EQ(container_reason(world, "new"), Reason::unknown_state);
}

TEST(PlanContainers, OneThatDoesNotTellItsEndStays) {
  World world;
  add_exited(world, "batch", 0ms).finished_ms = 0;
  EXPECT_EQ(container_reason(world, "batch"), Reason::unknown_state);
}

TEST(PlanContainers, OneThatTheEngineMayStartAgainStays) {
  World world;
  add_exited(world, "web", days(30)).restarts = true;
  EXPECT_EQ(container_reason(world, "web"), Reason::in_use);
}

TEST(PlanContainers, YoungOnesAndAllOfThemWithoutThePolicyStay) {
  World world;
  world.policy.docker.container_exited_for = 1min;
  add_exited(world, "batch", 1h);
  world.usage(ObjectKind::container, "batch-id").first_seen_ms = world.ago(2h);
  EXPECT_EQ(container_reason(world, "batch"), Reason::too_young);
  world.policy.docker.containers = false;
  EXPECT_EQ(container_reason(world, "batch"), Reason::kind_off);
}

TEST(PlanNetworks, OneThatNobodyBelongsToGoesByItsId) {
  World world;
  world.add_network("old");
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::network), "old-id");
  EXPECT_EQ(plan.verdicts[0].explanation,
            "no container belongs to it, unused for 100 days, network_unused_for is 1 day");
}

TEST(PlanNetworks, AStoppedContainerNeedsItsNetworkToStart) {
  World world;
  world.add_network("by-name");
  world.add_network("by-id");
  Container& container = world.add_container("web", "app:1");
  container.state = "exited";
  container.networks = {"by-name", "by-id-id"};
  EXPECT_EQ(world.verdict(ObjectKind::network, "by-name-id").reason, Reason::in_use);
  EXPECT_EQ(world.verdict(ObjectKind::network, "by-id-id").reason, Reason::in_use);
  EXPECT_EQ(world.verdict(ObjectKind::network, "by-id-id").explanation, "container web (exited) uses it");
}

TEST(PlanNetworks, TheEnginesOwnAndThoseOfOtherMachinesStay) {
  World world;
  world.add_network("bridge").predefined = true;
  world.add_network("swarm").driver = "overlay";
  world.add_network("live").endpoints = 1;
  EXPECT_EQ(world.verdict(ObjectKind::network, "bridge-id").reason, Reason::predefined);
  EXPECT_EQ(world.verdict(ObjectKind::network, "swarm-id").reason, Reason::unknown_state);
  EXPECT_EQ(world.verdict(ObjectKind::network, "live-id").reason, Reason::in_use);
}

TEST(PlanNetworks, UnusedMeansUnusedWhileWeWatched) {
  World world;
  world.add_network("n");
  ObjectUsage& usage = world.usage(ObjectKind::network, "n-id");
  usage.unused_since_ms = world.ago(23h);
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::recently_used);
  usage.unused_since_ms = 0;
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::recently_used);
  usage.unused_since_ms = world.ago(days(5));
  world.moment.observation.since_ms = world.ago(23h);
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::recently_used);
  world.moment.observation.since_ms = world.ago(24h);
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::unused_too_long);
  world.policy.docker.networks = false;
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::kind_off);
}

TEST(PlanNetworks, OneMadeAnewUnderAnOldIdIsYoung) {
  World world;
  world.add_network("n").created_ms = world.ago(1h);
  EXPECT_EQ(world.verdict(ObjectKind::network, "n-id").reason, Reason::too_young);
}

struct PlanVolumes : testing::Test {
  Reason reason() const { return world.verdict(ObjectKind::volume, "v").reason; }
  World world;
  Volume& volume = world.add_volume("v");
  ObjectUsage& usage = world.usage(ObjectKind::volume, "v");
};

TEST_F(PlanVolumes, AnAnonymousOneGoesAfterItsTimeWithoutUse) {
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::volume), "v");
  EXPECT_EQ(plan.verdicts[0].explanation,
            "no container refers to it, unused for 100 days, volume_unused_for is 7 days");
}

TEST_F(PlanVolumes, AnyContainerThatRefersToItKeepsIt) {
  Container& container = world.add_container("db", "postgres");
  container.state = "exited";
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "v"}};
  EXPECT_EQ(reason(), Reason::in_use);
  container.mounts = {{.type = ContainerMount::Type::other, .name = "v"}};
  EXPECT_EQ(reason(), Reason::unused_too_long);
}

TEST_F(PlanVolumes, AMomentWithoutContainersIsNotEnough) {
  usage.unused_since_ms = world.ago(days(7)) + 1;
  EXPECT_EQ(reason(), Reason::recently_used);
  EXPECT_EQ(world.verdict(ObjectKind::volume, "v").explanation,
            "nothing has used it for 6 days, volume_unused_for is 7 days");
  usage.unused_since_ms = world.ago(days(7));
  EXPECT_EQ(reason(), Reason::unused_too_long);
  usage.unused_since_ms = 0;
  EXPECT_EQ(reason(), Reason::recently_used);
}

TEST_F(PlanVolumes, AGapInOurWatchingBeginsTheTimeAnew) {
  world.moment.observation.since_ms = world.ago(days(7)) + 1;
  EXPECT_EQ(reason(), Reason::recently_used);
  EXPECT_EQ(
      world.verdict(ObjectKind::volume, "v").explanation,
      "nothing used it, but it has been watched without a gap only for 6 days, volume_unused_for is 7 days");
  world.moment.observation.since_ms = world.ago(days(7));
  EXPECT_EQ(reason(), Reason::unused_too_long);
}

TEST_F(PlanVolumes, ANameOfItsOwnKeepsIt) {
  volume.anonymous = false;
  EXPECT_EQ(reason(), Reason::named);
  volume.anonymous.reset();
  EXPECT_EQ(reason(), Reason::named) << "not to know is to be named";
  world.policy.docker.volumes = VolumePolicy::all;
  EXPECT_EQ(reason(), Reason::unused_too_long);
  world.policy.docker.volumes = VolumePolicy::off;
  EXPECT_EQ(reason(), Reason::kind_off);
}

TEST_F(PlanVolumes, DataThatIsElsewhereIsNotTouched) {
  world.policy.docker.volumes = VolumePolicy::all;
  volume.has_options = true;
  EXPECT_EQ(reason(), Reason::foreign_volume);
  volume.has_options = false;
  volume.driver = "nfs";
  EXPECT_EQ(reason(), Reason::foreign_volume);
  volume.driver = "";
  EXPECT_EQ(reason(), Reason::foreign_volume);
}

TEST_F(PlanVolumes, AYoungOneStaysWhateverThePolicy) {
  world.policy.docker.volume_unused_for = 1min;
  usage.first_seen_ms = world.ago(3h);
  EXPECT_EQ(reason(), Reason::too_young);
  usage.first_seen_ms = world.ago(5h);
  volume.created_ms = world.ago(3h);
  EXPECT_EQ(reason(), Reason::too_young) << "made anew under the old name";
}

TEST_F(PlanVolumes, NobodysHistoryIsTheHistoryOfNow) {
  world.history.clear();
  world.policy.cleanup.min_age = 0ms;
  EXPECT_EQ(reason(), Reason::recently_used);
}

}  // namespace
}  // namespace caretaker
