// SPDX-License-Identifier: MIT
// Build cache: one request sweeps all that was not used for a while.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;
using std::chrono::days;

Reason record_reason(const World& world, const std::string& id) {
  return world.verdict(ObjectKind::build_cache, id).reason;
}

TEST(PlanBuildCache, OneActionStandsForAllRecordsThatGo) {
  World world;
  world.add_record("r1", days(9), 3 * mib);
  world.add_record("r2", days(8), 2 * mib);
  world.add_record("r3", days(6), mib);
  const Plan plan = world.plan();
  ASSERT_THAT(plan.actions, SizeIs(1));
  const Verdict& all = plan.verdicts[plan.actions[0].verdict];
  EXPECT_EQ(all.id, "*");
  EXPECT_EQ(all.reason, Reason::unused_too_long);
  EXPECT_EQ(all.explanation, "2 of 3 records were not used for 7 days");
  EXPECT_EQ(all.bytes_max, 5 * mib);
  EXPECT_EQ(plan.bytes_min, 5 * mib);
  EXPECT_EQ(plan.bytes_max, 5 * mib);
  EXPECT_THAT(plan.actions[0].targets, IsEmpty());
  EXPECT_EQ(plan.actions[0].build_prune.unused_for_ms, days(7) / 1ms);
  EXPECT_THAT(plan.verdicts, SizeIs(4));
  EXPECT_EQ(record_reason(world, "r1"), Reason::unused_too_long);
  EXPECT_EQ(record_reason(world, "r3"), Reason::recently_used);
  EXPECT_EQ(world.verdict(ObjectKind::build_cache, "r3").explanation,
            "last used 6 days ago, build_cache_unused_for is 7 days");
}

TEST(PlanBuildCache, WithoutARecordThatGoesThereIsNoAction) {
  World world;
  world.add_record("r1", days(6), mib);
  EXPECT_THAT(world.plan().actions, IsEmpty());
  EXPECT_THAT(world.plan().verdicts, SizeIs(1));
}

TEST(PlanBuildCache, WhatTheBuilderOrAnImageNeedsStays) {
  World world;
  world.add_record("used", days(30), mib).in_use = true;
  world.add_record("shared", days(30), mib).shared = true;
  world.add_record("internal", days(30), mib).type = "internal";
  world.add_record("frontend", days(30), mib).type = "frontend";
  BuildCacheRecord& timeless = world.add_record("timeless", days(30), mib);
  timeless.created_ms = timeless.last_used_ms = 0;
  EXPECT_EQ(record_reason(world, "used"), Reason::in_use);
  EXPECT_EQ(record_reason(world, "shared"), Reason::in_use);
  EXPECT_EQ(record_reason(world, "internal"), Reason::predefined);
  EXPECT_EQ(record_reason(world, "frontend"), Reason::predefined);
  EXPECT_EQ(record_reason(world, "timeless"), Reason::unknown_state);
  EXPECT_THAT(world.plan().actions, IsEmpty());
}

TEST(PlanBuildCache, TheRequestSparesWhatIsYoungerThanMinAge) {
  World world;
  world.policy.docker.build_cache_unused_for = 1min;
  world.policy.cleanup.min_age = 4h;
  world.add_record("young", 1h, mib);
  world.add_record("old", 5h, mib);
  const Plan plan = world.plan();
  EXPECT_EQ(record_reason(world, "young"), Reason::too_young);
  EXPECT_EQ(world.verdict(ObjectKind::build_cache, "young").explanation,
            "created 60 min ago, min_age is 4 h");
  EXPECT_EQ(record_reason(world, "old"), Reason::unused_too_long);
  ASSERT_THAT(plan.actions, SizeIs(1));
  EXPECT_EQ(plan.actions[0].build_prune.unused_for_ms, 4h / 1ms);
}

TEST(PlanBuildCache, NothingGoesBeforeTheEngineWasWatchedForMinAge) {
  World world;
  world.add_record("r1", days(9), mib);
  world.moment.observation.since_ms = world.ago(1h);
  EXPECT_EQ(record_reason(world, "r1"), Reason::too_young);
  world.inventory.build_cache = {.unsupported = true};
  EXPECT_EQ(record_reason(world, "*"), Reason::too_young);
  EXPECT_THAT(world.plan().actions, IsEmpty());
}

TEST(PlanBuildCache, AnOldEngineWithoutAListIsSweptAllTheSame) {
  World world;
  world.inventory.build_cache = {.problem = "API 1.41 has no list", .unsupported = true};
  const Plan plan = world.plan();
  ASSERT_THAT(plan.actions, SizeIs(1));
  ASSERT_THAT(plan.verdicts, SizeIs(1));
  EXPECT_EQ(plan.verdicts[0].id, all_build_cache);
  EXPECT_EQ(plan.verdicts[0].bytes_max, 0U);
  EXPECT_EQ(plan.verdicts[0].explanation,
            "what was not used for 7 days; this engine cannot list its build cache beforehand");
  EXPECT_EQ(plan.actions[0].build_prune.unused_for_ms, days(7) / 1ms);
  EXPECT_THAT(plan.incomplete, IsEmpty());
}

TEST(PlanBuildCache, PodmanHasNone) {
  World world;
  world.inventory.engine.kind = EngineKind::podman;
  world.inventory.build_cache = {.problem = "no such endpoint", .unsupported = true};
  const Plan plan = world.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.verdicts, IsEmpty());
  EXPECT_THAT(plan.incomplete, IsEmpty());
}

TEST(PlanBuildCache, AListThatFailedIsNotAnEmptyOne) {
  World world;
  world.add_record("r1", days(9), mib);
  world.inventory.build_cache.complete = false;
  world.inventory.build_cache.problem = "cut off";
  const Plan plan = world.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(record_reason(world, "r1"), Reason::unknown_state);
  ASSERT_THAT(plan.incomplete, SizeIs(1));
  EXPECT_EQ(plan.incomplete[0].problem, "build cache records are not known: cut off");
}

TEST(PlanBuildCache, IsLeftAloneWithoutThePolicy) {
  World world;
  world.policy.docker.build_cache = false;
  world.add_record("r1", days(9), mib);
  EXPECT_EQ(record_reason(world, "r1"), Reason::kind_off);
  world.inventory.build_cache = {.problem = "API 1.41 has no list", .unsupported = true};
  const Plan plan = world.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.verdicts, IsEmpty());
  EXPECT_THAT(plan.incomplete, IsEmpty());
}

}  // namespace
}  // namespace caretaker
