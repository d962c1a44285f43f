// SPDX-License-Identifier: MIT
// What a run with [cleanup] mode = enforce takes from a real Docker, and what it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/cleanup_stand.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

class CleanupEnforce : public CleanupStand {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine();
  }
};

TEST_F(CleanupEnforce, TakesDanglingImagesAndLeavesEverythingThatIsNeeded) {
  start_daemon(enforcing_at_once);
  const std::string dangling = dangling_image("app:1");
  const std::string labelled = dangling_image("kept:1", {.labels = {{"caretaker.keep", "yes"}}});
  const std::string ended = engine().import_image("ended:1");
  engine().exited_container("ended:1");
  engine().import_image("ended:1");
  const std::string created = engine().import_image("created:1");
  engine().create_container("created:1");
  engine().import_image("created:1");
  engine().import_image("base:1");
  const std::string builder = engine().exited_container("base:1");
  engine().commit(builder, "child:1");
  engine().docker({"rm", builder});
  engine().import_image("base:1");  // the old one is not even listed, because another is built on it
  const std::string volume = orphaned_volume("app:1");

  auto left = image_ids();
  std::erase(left, dangling);
  const SeenPlan planned = plan();
  EXPECT_EQ(planned.exit_status, 10);
  EXPECT_THAT(planned.reasons,
              AllOf(Contains(Pair(dangling, "dangling")), Contains(Pair(labelled, "keep_label")),
                    Contains(Pair(ended, "in_use")), Contains(Pair(created, "in_use")),
                    Contains(Pair("app:1", "keep_last")), Contains(Pair(volume, "recently_used"))));
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_EQ(ran.trigger, "manual");
  EXPECT_EQ(ran.removed, 1);
  EXPECT_THAT(ran.names("removed"), ElementsAre(dangling));
  EXPECT_THAT(image_ids(), UnorderedElementsAreArray(left));
  EXPECT_THAT(volume_names(), ElementsAre(volume));
  EXPECT_THAT(events("cleanup_ran"), ElementsAre(HasSubstr("1 of 1 objects removed")));
  const SeenPlan rest = plan();
  EXPECT_EQ(rest.exit_status, 0);
  EXPECT_THAT(rest.actions, IsEmpty());
}

// The history comes from the store: nothing of it would be old otherwise.
TEST_F(CleanupEnforce, AfterAWeekTakesUnusedTagsAndOrphanedVolumes) {
  const std::string config =
      "[cleanup]\nmode = enforce\nkeep = precious:*\n"
      "[cleanup.docker]\nimage_unused_for = 3d\nkeep_last = 0\n";
  start_daemon(config);
  engine().import_image("app:1");
  engine().docker({"tag", "app:1", "app:2"});
  engine().docker({"tag", "app:1", "other/app:1"});
  engine().import_image("precious:1");
  engine().import_image("labelled:1", {.labels = {{"caretaker.keep", ""}}});
  engine().import_image("created:1");
  engine().docker({"tag", "created:1", "created:also"});
  engine().create_container("created:1", {"-v", "/data"});
  engine().import_image("base:1");
  const std::string builder = engine().exited_container("base:1");
  engine().commit(builder, "child:1");
  engine().docker({"rm", builder});
  engine().docker({"volume", "create", "database"});
  const std::string orphan = orphaned_volume("app:1");
  EXPECT_THAT(plan().actions, IsEmpty());

  let_pass(days(8));
  engine().import_image("young:1");
  const std::string young = orphaned_volume("young:1");
  const SeenPlan planned = plan();
  EXPECT_THAT(planned.reasons,
              AllOf(Contains(Pair("app:1", "unused_too_long")), Contains(Pair("child:1", "unused_too_long")),
                    Contains(Pair("base:1", "has_children")), Contains(Pair("precious:1", "keep_rule")),
                    Contains(Pair("labelled:1", "keep_label")), Contains(Pair("created:1", "in_use")),
                    Contains(Pair("young:1", "too_young")), Contains(Pair("database", "named")),
                    Contains(Pair(orphan, "unused_too_long")),  // Its event has the true time.
                    Contains(Pair(young, AnyOf("too_young", "recently_used")))));
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_THAT(ran.names("removed"), UnorderedElementsAre("app:1", "child:1", orphan));
  EXPECT_EQ(ran.actions.back().kind, "volume");
  EXPECT_THAT(image_names(),
              ElementsAre("base:1", "created:1", "created:also", "labelled:1", "precious:1", "young:1"));
  EXPECT_THAT(volume_names(), AllOf(Contains("database"), Contains(young), Not(Contains(orphan))));
  EXPECT_EQ(volume_names().size(), 3U) << "the created container has one";
  // What was built on it is gone.
  EXPECT_THAT(run().names("removed"), ElementsAre("base:1"));
}

TEST_F(CleanupEnforce, LeavesAnEngineThatWasJustStartedAlone) {
  start_daemon(
      "[cleanup]\nmode = enforce\nwarmup = 0s\nmin_age = 0s\n"
      "[cleanup.docker]\ndangling_unused_for = 0s\n");
  const std::string first = dangling_image("app:1");
  SeenRun held = run();
  EXPECT_EQ(held.outcome, "held");
  EXPECT_THAT(held.note, AllOf(HasSubstr("the engine was started"), HasSubstr("deletions begin at")));
  EXPECT_THAT(held.names("planned"), ElementsAre(first));
  let_pass(hours(1));
  EXPECT_THAT(run().names("removed"), ElementsAre(first));

  const std::string second = dangling_image("web:1");
  engine().restart();
  // The socket is as old as the true time says; only the new connection tells.
  ASSERT_TRUE(eventually([&] { return plan().held.find("the engine was started") != std::string::npos; }));
  held = run();
  EXPECT_EQ(held.outcome, "held");
  EXPECT_THAT(held.names("planned"), ElementsAre(second));
  EXPECT_THAT(image_ids(), Contains(second));
  let_pass(hours(1));
  EXPECT_THAT(run().names("removed"), ElementsAre(second));
}

TEST_F(CleanupEnforce, WaitsForADayBeforeItTakesADanglingImage) {
  start_daemon("[cleanup]\nmode = enforce\n");
  const std::string dangling = dangling_image("app:1");
  EXPECT_EQ(plan().reasons[dangling], "too_young");
  let_pass(hours(23));
  EXPECT_EQ(plan().reasons[dangling], "recently_used");
  EXPECT_EQ(run().outcome, "nothing");
  let_pass(hours(2));
  EXPECT_THAT(run().names("removed"), ElementsAre(dangling));
}

TEST_F(CleanupEnforce, SaysUntilWhenItWarmsUp) {
  start_daemon(
      "[cleanup]\nmode = enforce\nmin_age = 0s\nsettle_time = 0s\n"
      "[cleanup.docker]\ndangling_unused_for = 0s\n");
  const std::string dangling = dangling_image("app:1");
  EXPECT_THAT(plan().held, HasSubstr("warming up"));
  const SeenRun held = run();
  EXPECT_EQ(held.outcome, "held");
  EXPECT_THAT(held.note, AllOf(HasSubstr("deletions begin at"), HasSubstr("warmup = 1d")));
  EXPECT_THAT(image_ids(), Contains(dangling));
  let_pass(hours(25));
  EXPECT_THAT(run().names("removed"), ElementsAre(dangling));
  EXPECT_THAT(image_ids(), Not(Contains(dangling)));
}

}  // namespace
}  // namespace caretaker
