// SPDX-License-Identifier: MIT
// The daemon or the engine dies in the middle of a run, and other people are at work meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <map>
#include <stdexcept>

#include "e2e/cleanup_stand.h"
#include "e2e/views.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

class CleanupCrash : public CleanupStand {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine();
  }
  // Images that nothing points at any more; their ids.
  std::vector<std::string> dangling_images(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(engine().import_image("app:1"));
    engine().import_image("app:1");
    return ids;
  }
  [[nodiscard]] bool has_image(const std::string& id) const { return !engine().image_id(id).empty(); }
  // The daemon deletes all that is dangling; the result of caretakerctl.
  [[nodiscard]] std::future<ChildResult> run_aside() {
    return std::async(std::launch::async, [this] { return daemon.ctl({"cleanup", "run"}); });
  }
  static std::string many_at_once() {
    return "[cleanup]\nmode = enforce\nwarmup = 0s\nsettle_time = 0s\nmin_age = 0s\nmax_share = 100\n"
           "[cleanup.docker]\ndangling_unused_for = 0s\n";
  }
};

class CleanupCrashAt : public CleanupCrash, public testing::WithParamInterface<std::string> {};

TEST_P(CleanupCrashAt, LeavesItsPlanAndTheNextRunGoesOn) {
  start_daemon(enforcing_at_once);
  const std::vector<std::string> dangling = dangling_images(3);
  const std::string kept = engine().image_id("app:1");
  ASSERT_EQ(daemon.stop(), 0) << daemon.err();
  die_at(GetParam());
  launch();
  wait_until_watched();
  EXPECT_NE(daemon.ctl({"cleanup", "run"}).exit_status, 0);
  ASSERT_EQ(daemon.wait(), -SIGKILL) << daemon.err();

  const SeenRun died = runs().back();
  EXPECT_EQ(died.outcome, "running");
  EXPECT_FALSE(died.ended);
  EXPECT_THAT(died.names("planned"), UnorderedElementsAreArray(dangling)) << "nothing is recorded as done";
  EXPECT_THAT(image_ids(), SizeIs(GetParam() == "cleanup_removed" ? 3 : 4));
  EXPECT_THAT(image_ids(), Contains(kept));

  die_at("");
  launch();
  wait_until_watched();
  const SeenRun next = run();
  EXPECT_EQ(next.outcome, "ok") << next.note;
  EXPECT_THAT(next.actions, Each(Field(&SeenObject::state, "removed")));
  EXPECT_THAT(image_ids(), ElementsAre(kept));
  ASSERT_EQ(daemon.stop(), 0) << daemon.err();
  expect_balanced(daemon);
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, CleanupCrashAt,
                         testing::Values(std::string("cleanup_planned"), std::string("cleanup_removed")),
                         [](const auto& point) { return point.param; });

TEST_F(CleanupCrash, AnEngineThatIsKilledInARunIsCleanedUpWhenItIsBack) {
  start_daemon(many_at_once());
  const std::vector<std::string> dangling = dangling_images(30);
  const std::string kept = engine().image_id("app:1");
  auto running = run_aside();
  ASSERT_TRUE(eventually([&] { return image_ids().size() < 31; }));
  engine().kill();
  const ChildResult ended = running.get();
  EXPECT_EQ(ended.exit_status, 1) << ended.standard_output << ended.standard_error;
  const SeenRun failed = runs().back();
  EXPECT_THAT(failed.outcome, AnyOf("failed", "partial")) << failed.note;
  EXPECT_GT(failed.failed, 0);
  EXPECT_THAT(failed.note, HasSubstr("given up"));
  EXPECT_THAT(failed.names("failed"), SizeIs(failed.failed));
  EXPECT_THAT(events("cleanup_failed"), SizeIs(1));
  ASSERT_TRUE(daemon.is_running());

  engine().start();
  ASSERT_TRUE(eventually([&] { return daemon.ctl({"cleanup", "plan"}).exit_status == 10; }));
  wait_until_watched();  // while the engine's events are not read, nothing goes
  // What was recorded as removed is gone also from the engine's disk.
  for (const std::string& id : failed.names("removed")) EXPECT_FALSE(has_image(id)) << id;
  const SeenRun next = run();
  EXPECT_EQ(next.outcome, "ok") << next.note;
  EXPECT_THAT(image_ids(), ElementsAre(kept));
}

TEST_F(CleanupCrash, AStoppedDaemonEndsItsRunInOrder) {
  start_daemon(many_at_once());
  const std::vector<std::string> dangling = dangling_images(30);
  auto running = run_aside();
  ASSERT_TRUE(eventually([&] { return image_ids().size() < 31; }));
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  (void)running.get();
  const SeenRun stopped = runs().back();
  EXPECT_EQ(stopped.outcome, "stopped") << stopped.note;
  EXPECT_TRUE(stopped.ended);
  EXPECT_EQ(stopped.failed, 0);
  EXPECT_THAT(stopped.names("removed"), SizeIs(stopped.removed));
  for (const std::string& id : stopped.names("removed")) EXPECT_FALSE(has_image(id)) << id;
  expect_balanced(daemon);
  launch();
  wait_until_watched();
  EXPECT_EQ(run().outcome, "ok");
  EXPECT_THAT(image_ids(), ElementsAre(engine().image_id("app:1")));
}

TEST_F(CleanupCrash, WhatGetsAContainerInARunIsNotLost) {
  start_daemon(many_at_once());
  const std::vector<std::string> dangling = dangling_images(30);
  const SeenPlan planned = plan();
  ASSERT_EQ(planned.actions.size(), dangling.size());
  auto running = run_aside();
  ASSERT_TRUE(eventually([&] { return image_ids().size() < 31; }));
  std::map<std::string, std::string> containers;  // by image
  // From the end of the plan, towards the run.
  for (auto action = planned.actions.rbegin(); action != planned.actions.rend(); ++action) {
    if (running.wait_for(std::chrono::seconds(0)) == std::future_status::ready) break;
    try {
      containers[action->id] = engine().create_container(action->id);
    } catch (const std::runtime_error&) {  // the run was there first
      EXPECT_FALSE(has_image(action->id));
    }
  }
  const ChildResult ended = running.get();
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_output << ended.standard_error;
  const SeenRun ran = runs().back();
  EXPECT_EQ(ran.failed, 0) << ran.note;
  ASSERT_THAT(containers, testing::Not(IsEmpty()));
  std::vector<std::string> kept;
  for (const auto& [image, container] : containers) {
    if (has_image(image)) kept.push_back(image);
    engine().docker({"start", container});
  }
  // Where both meet the engine agrees to the deletion and to the container, which then keeps the layers.
  EXPECT_GE(kept.size() + 1, containers.size());
  EXPECT_THAT(ran.names("kept"), UnorderedElementsAreArray(kept));
  EXPECT_EQ(static_cast<std::size_t>(ran.removed), dangling.size() - kept.size());
}

TEST_F(CleanupCrash, SomebodyElsesPruneInARunIsNoFailure) {
  start_daemon(many_at_once());
  const std::vector<std::string> dangling = dangling_images(30);
  auto running = run_aside();
  ASSERT_TRUE(eventually([&] { return image_ids().size() < 31; }));
  engine().docker({"image", "prune", "-f"});
  const ChildResult ended = running.get();
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_output << ended.standard_error;
  const SeenRun ran = runs().back();
  EXPECT_EQ(ran.failed, 0) << ran.note;
  EXPECT_THAT(ran.actions, Each(Field(&SeenObject::state, AnyOf("removed", "gone", "deferred"))));
  EXPECT_THAT(image_ids(), ElementsAre(engine().image_id("app:1")));
}

}  // namespace
}  // namespace caretaker
