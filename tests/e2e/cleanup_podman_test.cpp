// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/cleanup_stand.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

class CleanupPodman : public CleanupStand {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine(EngineKind::podman);
  }
};

TEST_F(CleanupPodman, AfterAWeekTakesWhatNothingNeeds) {
  start_daemon("[cleanup]\nmode = enforce\n");
  const std::string dangling = dangling_image("app:1");
  const std::string used = engine().import_image("used:1");
  engine().exited_container("used:1", {"-v", "/data"});
  engine().import_image("used:1");
  engine().docker({"volume", "create", "database"});
  const std::string orphan = orphaned_volume("app:1");
  EXPECT_THAT(run().names("removed"), IsEmpty());

  let_pass(std::chrono::days(8));
  const std::string young = dangling_image("young:1");
  EXPECT_THAT(plan().reasons, AllOf(Contains(Pair(dangling, "dangling")), Contains(Pair(used, "in_use")),
                                    Contains(Pair(young, "too_young")), Contains(Pair("database", "named")),
                                    Contains(Pair(orphan, "unused_too_long")),
                                    Contains(Pair("docker.io/library/app:1", "keep_last"))));
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_THAT(ran.names("removed"), UnorderedElementsAre(dangling, orphan));
  EXPECT_THAT(image_ids(), AllOf(Not(Contains(dangling)), Contains(used), Contains(young)));
  EXPECT_THAT(volume_names(), AllOf(Not(Contains(orphan)), Contains("database")));
  EXPECT_EQ(volume_names().size(), 2U) << "the container has one";
}

TEST_F(CleanupPodman, UnderPressureTakesTheTagsThatNoContainerHas) {
  start_daemon("[cleanup]\nmin_age = 0s\n[cleanup.docker]\nkeep_last = 0\n");
  engine().import_image("free:1");
  engine().docker({"tag", "free:1", "free:2"});
  engine().import_image("used:1");
  engine().create_container("used:1");
  const SeenPlan planned = plan({"--pressure"});
  EXPECT_EQ(planned.exit_status, 10);
  ASSERT_EQ(planned.actions.size(), 1U);
  EXPECT_EQ(planned.actions[0].id, engine().image_id("free:1"));
  EXPECT_THAT(planned.reasons, Contains(Pair("docker.io/library/used:1", "in_use")));
}

}  // namespace
}  // namespace caretaker
