// SPDX-License-Identifier: MIT
// Order of the actions, and what one run must not do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string numbered(const std::string& prefix, int i) {
  return prefix + (i < 10 ? "0" : "") + std::to_string(i);
}

void add_volumes(World& world, int going, int staying) {
  for (int i = 0; i < going; ++i) world.add_volume(numbered("v", i));
  for (int i = 0; i < staying; ++i) world.add_volume(numbered("named", i), false);
}

TEST(PlanLimits, ActionsComeCheapestToMakeAgainFirst) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  world.policy.docker.image_unused_for = days(150);
  world.add_volume("v1");
  world.add_network("n1");
  Container& container = world.add_container("c1", "gone:1", image_id("f"));
  container.state = "exited";
  container.finished_ms = world.ago(days(30));
  world.add_image("01", {"lru:1"});
  world.add_image("02", {"old:1"});
  world.usage(ObjectKind::image, image_id("02")).first_seen_ms = world.ago(days(200));
  world.add_image("03", {});
  world.add_record("r1", days(9), mib);
  const Plan plan = world.plan();
  std::vector<Reason> reasons;
  std::vector<ObjectKind> kinds;
  for (const PlannedAction& action : plan.actions) {
    reasons.push_back(plan.verdicts[action.verdict].reason);
    kinds.push_back(plan.verdicts[action.verdict].kind);
  }
  EXPECT_THAT(kinds,
              ElementsAre(ObjectKind::build_cache, ObjectKind::image, ObjectKind::image, ObjectKind::image,
                          ObjectKind::container, ObjectKind::network, ObjectKind::volume));
  EXPECT_THAT(reasons, ElementsAre(Reason::unused_too_long, Reason::dangling, Reason::unused_too_long,
                                   Reason::least_recently_used, Reason::unused_too_long,
                                   Reason::unused_too_long, Reason::unused_too_long));
  EXPECT_THAT(plan.counts(), ElementsAre(Pair(Reason::dangling, 1), Pair(Reason::unused_too_long, 6),
                                         Pair(Reason::least_recently_used, 1)));
}

TEST(PlanLimits, VerdictsComeInOrderOfKindThenId) {
  World world;
  world.add_volume("b");
  world.add_volume("a");
  world.add_image("02", {"x:1"});
  world.add_image("01", {"x:2"});
  std::vector<std::string> ids;
  Plan plan = world.plan();
  for (const Verdict& verdict : plan.verdicts) ids.push_back(verdict.id);
  EXPECT_THAT(ids, ElementsAre(image_id("01"), image_id("02"), "a", "b"));
}

TEST(PlanLimits, TooLargeAShareOfAKindIsLeftAlone) {
  World world;
  add_volumes(world, 11, 10);
  Plan plan = world.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.counts(), ElementsAre(Pair(Reason::named, 10), Pair(Reason::over_max_share, 11)));
  EXPECT_EQ(world.verdict(ObjectKind::volume, "v00").explanation,
            "no container refers to it, unused for 100 days, volume_unused_for is 7 days; but 11 of 21 would "
            "go at once, max_share is 50 %");
  world.add_volume("one-more", false);
  EXPECT_THAT(world.plan().actions, SizeIs(11)) << "half is not more than half";
}

TEST(PlanLimits, TenMayAlwaysGo) {
  World world;
  add_volumes(world, 10, 0);
  EXPECT_THAT(world.plan().actions, SizeIs(10));
}

TEST(PlanLimits, TheShareIsOfOneKindAndTouchesNoOther) {
  World world;
  add_volumes(world, 20, 0);
  world.add_image("a1", {});
  const Plan plan = world.plan();
  EXPECT_EQ(targets(plan, ObjectKind::volume), "");
  EXPECT_EQ(targets(plan, ObjectKind::image), image_id("a1"));
}

TEST(PlanLimits, UnderPressureTheShareHoldsForVolumesButNotForImagesAndBuildCache) {
  World world;
  add_volumes(world, 12, 0);
  for (int i = 0; i < 12; ++i) {
    world.add_image(numbered("a", i), {});
    world.add_record(numbered("r", i), days(9), mib);
  }
  EXPECT_THAT(world.plan().actions, IsEmpty());
  world.moment.wanted_bytes = 1;
  const Plan plan = world.plan();
  EXPECT_THAT(plan.actions, SizeIs(13));
  EXPECT_EQ(targets(plan, ObjectKind::volume), "");
}

TEST(PlanLimits, ARunRemovesNoMoreThanMaxDeletesAndTheRestIsTheNextOnes) {
  World world;
  world.policy.cleanup.max_deletes = 3;
  world.add_record("r1", days(9), mib);
  world.add_record("r2", days(9), mib);
  add_volumes(world, 4, 0);
  const Plan plan = world.plan();
  ASSERT_THAT(plan.actions, SizeIs(3));
  EXPECT_EQ(targets(plan, ObjectKind::volume), "v00 v01");
  EXPECT_EQ(world.verdict(ObjectKind::volume, "v02").reason, Reason::over_max_deletes);
  EXPECT_EQ(
      world.verdict(ObjectKind::volume, "v02").explanation,
      "no container refers to it, unused for 100 days, volume_unused_for is 7 days; but 3 others go before "
      "it, max_deletes is 3");
  EXPECT_EQ(plan.bytes_max, 2 * mib);
}

TEST(PlanLimits, WithNoDeletesAtAllNothingIsToldToGo) {
  World world;
  world.policy.cleanup.max_deletes = 0;
  world.add_record("r1", days(9), mib);
  world.add_volume("v");
  const Plan plan = world.plan();
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.counts(), ElementsAre(Pair(Reason::over_max_deletes, 3)));
}

TEST(PlanLimits, AnEmptyEngineHasAnEmptyPlan) {
  World world;
  const Plan plan = world.plan();
  EXPECT_THAT(plan.verdicts, IsEmpty());
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.incomplete, IsEmpty());
  EXPECT_THAT(plan.counts(), IsEmpty());
}

TEST(PlanLimits, NobodysHistoryAndNobodysWatchingRemoveNothing) {
  World world;
  world.moment.wanted_bytes = PlanMoment::everything;
  add_volumes(world, 3, 0);
  world.add_image("a1", {});
  const Plan plan = make_plan(world.inventory, {}, world.policy, {.now_ms = world.now});
  EXPECT_THAT(plan.actions, IsEmpty());
}

TEST(Reasons, TheTableIsInTheOrderOfTheEnumWithWordsOfTheirOwn) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < reason_table().size(); ++i) {
    const ReasonInfo& info = reason_table()[i];
    EXPECT_EQ(static_cast<std::size_t>(info.reason), i);
    EXPECT_EQ(to_string(info.reason), info.word);
    EXPECT_TRUE(words.insert(info.word).second) << info.word;
    EXPECT_TRUE(info.help.ends_with('.')) << info.help;
    EXPECT_EQ(info.removes, info.reason >= Reason::dangling);
  }
  EXPECT_EQ(reason_table().size(), static_cast<std::size_t>(Reason::least_recently_used) + 1);
}

}  // namespace
}  // namespace caretaker
