// SPDX-License-Identifier: MIT
// What a new installation does: it looks, and says what it would do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/cleanup_stand.h"
#include "e2e/views.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CleanupObserve : public CleanupStand {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine();
  }
};

TEST_F(CleanupObserve, RecordsWhatItWouldDoAndDeletesNothing) {
  start_daemon(
      "[cleanup]\nmin_age = 0s\nwarmup = 0s\nsettle_time = 0s\n"
      "[cleanup.docker]\ndangling_unused_for = 0s\n");
  EXPECT_EQ(plan().exit_status, 0) << "there is nothing";
  const std::string dangling = dangling_image("app:1");
  const auto images = image_ids();
  const SeenPlan planned = plan();
  EXPECT_EQ(planned.exit_status, 10);
  EXPECT_THAT(planned.held, HasSubstr("observe"));
  const ChildResult text = daemon.ctl({"cleanup", "plan"});
  EXPECT_EQ(text.exit_status, 10) << text.standard_error;
  EXPECT_THAT(text.standard_output,
              AllOf(HasSubstr("1 object"), HasSubstr("A run would delete nothing now")));

  const SeenRun ran = run();
  EXPECT_EQ(ran.mode, "observe");
  EXPECT_EQ(ran.outcome, "observed");
  EXPECT_THAT(ran.names("planned"), ElementsAre(dangling));
  EXPECT_EQ(daemon.ctl({"cleanup", "run", "--dry-run"}).exit_status, 10);
  EXPECT_EQ(runs().back().mode, "dry_run");
  EXPECT_THAT(runs().back().names("planned"), ElementsAre(dangling));
  EXPECT_EQ(image_ids(), images);
  EXPECT_THAT(events("cleanup_ran", 0), IsEmpty());
  const ChildResult why = daemon.ctl({"cleanup", "explain", dangling});
  EXPECT_EQ(why.exit_status, 0) << why.standard_error;
  EXPECT_THAT(why.standard_output, HasSubstr("dangling"));
  ASSERT_EQ(daemon.stop(), 0) << daemon.err();
  expect_balanced(daemon);
}

TEST_F(CleanupObserve, AskedForTheFullestDiskItStillDeletesNothing) {
  start_daemon("[cleanup]\nmin_age = 0s\n[cleanup.docker]\nkeep_last = 0\n");
  engine().import_image("app:1");
  EXPECT_EQ(plan().exit_status, 0);
  const SeenPlan planned = plan({"--pressure"});
  EXPECT_EQ(planned.exit_status, 10);
  ASSERT_EQ(planned.actions.size(), 1U);
  EXPECT_EQ(planned.actions[0].reason, "least_recently_used");
  EXPECT_THAT(image_names(), ElementsAre("app:1"));
  EXPECT_EQ(runs().size(), 1U) << "plans are not recorded";
}

// Docker 20.10 does not list it.
TEST_F(CleanupObserve, BuildCacheThatIsNotListedIsPrunedUnseen) {
  start_daemon(
      "[cleanup]\nmode = enforce\nmin_age = 0s\nwarmup = 0s\nsettle_time = 0s\n"
      "[cleanup.docker]\nbuild_cache = yes\n");
  const SeenPlan planned = plan();
  EXPECT_EQ(planned.exit_status, 0) << "there may be none";
  EXPECT_THAT(planned.reasons, Contains(testing::Pair("*", "unused_too_long")));
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_THAT(ran.names("gone"), ElementsAre("*"));
  EXPECT_EQ(ran.removed, 0);
}

}  // namespace
}  // namespace caretaker
