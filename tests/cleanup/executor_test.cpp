// SPDX-License-Identifier: MIT
#include "cleanup/executor.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/cleanup_record.h"
#include "cleanup/executor_fixture.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ExecutorTest : public ExecutorFixture {};

TEST_F(ExecutorTest, RemovesAnImageByItsTagAndVerifies) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(outcome.http_status, 200);
  EXPECT_EQ(outcome.message, "");
  EXPECT_GT(outcome.ended_ms, 0);
  EXPECT_FALSE(engine_has_image(image.id));
}

TEST_F(ExecutorTest, NeverForcesAndNeverPrunesParents) {
  const Image tagged = fake_image(1, {"ci/app:1", "ci/app:2"});
  const Image untagged = fake_image(2, {});
  fake_.put(tagged);
  fake_.put(untagged);
  look();
  (void)execute(plan_image(tagged));
  (void)execute(plan_image(untagged));
  const std::vector<std::string> deletions = asked("DELETE");
  EXPECT_THAT(deletions, SizeIs(3));
  EXPECT_THAT(deletions, Each(AllOf(HasSubstr("noprune=1"), Not(HasSubstr("force")))));
}

TEST_F(ExecutorTest, RemovesAnUntaggedImageById) {
  const Image image = fake_image(1, {});
  fake_.put(image);
  look();
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_FALSE(engine_has_image(image.id));
}

TEST_F(ExecutorTest, RemovesEveryTagOfAnImage) {
  const Image image = fake_image(1, {"ci/app:1", "ci/app:2", "ci/app:3"});
  fake_.put(image);
  look();
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_FALSE(engine_has_image(image.id));
  EXPECT_THAT(asked("DELETE"), SizeIs(3));
}

TEST_F(ExecutorTest, TellsWhenAnImageIsGoneAlready) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  fake_.remove_image(image.id);
  EXPECT_EQ(execute(plan_image(image)).state, ActionState::gone);
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorTest, TellsWhenSomebodyRemovesTheImageInTheSameMoment) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  fake_.on_delete([&](const FakeRequest&) { fake_.remove_image(image.id); });
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::gone) << outcome.message;
  EXPECT_EQ(outcome.http_status, 404);
}

TEST_F(ExecutorTest, KeepsAnImageWhoseTagMoved) {
  Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  const PlannedAction action = plan_image(image);
  image.tags.clear();
  fake_.put(image);
  fake_.put(fake_image(2, {"ci/app:1"}));
  const ActionOutcome outcome = execute(action);
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.message, "its tags changed since the plan: ci/app:1 then, none now");
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorTest, KeepsAnImageThatGotATag) {
  Image image = fake_image(1, {});
  fake_.put(image);
  look();
  const PlannedAction action = plan_image(image);
  image.tags = {"release:1"};
  fake_.put(image);
  const ActionOutcome outcome = execute(action);
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.message, "its tags changed since the plan: none then, release:1 now");
  EXPECT_TRUE(engine_has_image(image.id));
}

TEST_F(ExecutorTest, StopsBetweenTagsWhenTheyChange) {
  Image image = fake_image(1, {"ci/app:1", "ci/app:2"});
  fake_.put(image);
  look();
  const PlannedAction action = plan_image(image);
  fake_.on_delete([&](const FakeRequest&) {
    image.tags = {"ci/app:1", "ci/app:2", "release:1"};
    fake_.put(image);
  });
  const ActionOutcome outcome = execute(action);
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_THAT(outcome.message, HasSubstr("removed ci/app:1; ci/app:2: its tags changed"));
  EXPECT_THAT(outcome.message, HasSubstr("release:1"));
  EXPECT_THAT(asked("DELETE"), SizeIs(1));
}

TEST_F(ExecutorTest, KeepsAnImageThatGotAContainerMeanwhile) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  Container container = fake_container(1, image, "exited");
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_THAT(outcome.message, HasSubstr(container.name));
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorTest, KeepsAnImageThatSomebodyMountsMeanwhile) {
  const Image image = fake_image(1, {"models:7"});
  const Image other = fake_image(2, {"runner:1"});
  fake_.put(image);
  fake_.put(other);
  look();
  Container container = fake_container(1, other);
  container.mounts.push_back({.type = ContainerMount::Type::image, .name = "docker.io/library/models:7"});
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
  EXPECT_TRUE(engine_has_image(image.id));
}

TEST_F(ExecutorTest, RemovesAnImageBesideContainersOfOthers) {
  const Image image = fake_image(1, {"ci/app:1"});
  const Image other = fake_image(2, {"ci/app:2"});
  fake_.put(image);
  fake_.put(other);
  look();
  fake_.put(fake_container(1, other));
  EXPECT_EQ(execute(plan_image(image)).state, ActionState::removed);
}

TEST_F(ExecutorTest, LeavesTheLastWordToTheEngineWhenAContainerComesInTheSameMoment) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  fake_.on_delete([&](const FakeRequest&) { fake_.put(fake_container(1, image)); });
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
  EXPECT_EQ(outcome.http_status, 409);
  EXPECT_FALSE(outcome.message.empty());
  EXPECT_TRUE(engine_has_image(image.id));
}

TEST_F(ExecutorTest, ListsContainersAgainOnlyAfterEvents) {
  generation_ = 7;
  const Image first = fake_image(1, {"ci/app:1"});
  const Image second = fake_image(2, {"ci/app:2"});
  const Image third = fake_image(3, {"ci/app:3"});
  for (const Image* image : {&first, &second, &third}) fake_.put(*image);
  look();
  const auto lists = [&] {
    return std::ranges::count_if(
        asked("GET"), [](const std::string& target) { return target.contains("/containers/json"); });
  };
  EXPECT_EQ(execute(plan_image(first)).state, ActionState::removed);
  EXPECT_EQ(lists(), 0) << "nothing has happened since the inventory";
  generation_ = 8;
  EXPECT_EQ(execute(plan_image(second)).state, ActionState::removed);
  EXPECT_EQ(lists(), 1);
  EXPECT_EQ(execute(plan_image(third)).state, ActionState::removed);
  EXPECT_EQ(lists(), 0) << "nor since that list";
  generation_.reset();
  EXPECT_EQ(execute(plan_image(fake_image(3, {"ci/app:3"}))).state, ActionState::gone);
}

TEST_F(ExecutorTest, DefersWhenAPullIsUnderWayAndDoesNotWaitForItAgain) {
  constexpr milliseconds wait(300);
  patience_.pull_wait = wait;
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  auto pull = lock_.hold_for_pull("nginx:1.25", {});
  const PlannedAction action = plan_image(image);
  const auto begin = std::chrono::steady_clock::now();
  const ActionOutcome outcome = execute(action);
  const auto waited = std::chrono::steady_clock::now();
  EXPECT_GE(waited - begin, wait);
  EXPECT_EQ(outcome.state, ActionState::deferred);
  EXPECT_EQ(outcome.message, "a pull is under way: nginx:1.25");
  constexpr int others = 40;
  for (int i = 0; i < others; ++i) EXPECT_EQ(execute(action).state, ActionState::deferred);
  EXPECT_LT(std::chrono::steady_clock::now() - waited, wait * others / 2);
  EXPECT_THAT(fake_.take_requests(), IsEmpty());

  pull.reset();
  EXPECT_EQ(execute(action).state, ActionState::removed);
}

TEST_F(ExecutorTest, WaitsForAPullThatEndsSoon) {
  patience_.pull_wait = patience;
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  auto pull = lock_.hold_for_pull("nginx:1.25", {});
  const std::jthread puller([&] {
    EXPECT_TRUE(eventually([&] { return lock_.waiting_deletions() == 1; }));
    pull.reset();
  });
  EXPECT_EQ(execute(plan_image(image)).state, ActionState::removed);
}

TEST_F(ExecutorTest, KeepsPullsOutWhileTheEngineRemoves) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  bool alone = true;
  fake_.on_delete(
      [&](const FakeRequest&) { alone = lock_.hold_for_deletion(milliseconds(0), {}).has_value(); });
  EXPECT_EQ(execute(plan_image(image)).state, ActionState::removed);
  EXPECT_FALSE(alone) << "the lock is held";
  EXPECT_TRUE(lock_.hold_for_pull("nginx:1.25", {})) << "and lets them in afterwards";
}

TEST_F(ExecutorTest, DefersEverythingWhenAskedToStop) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(execute(plan_image(image), stop.get_token()).state, ActionState::deferred);
  EXPECT_TRUE(engine_has_image(image.id));
  EXPECT_THAT(fake_.take_requests(), IsEmpty());
}

TEST_F(ExecutorTest, TellsThatAnImageIsUntaggedWhileAnotherTagNeedsItsLayers) {
  const Image image = fake_image(1, {"ci/app:1", "ci/app:2"});
  fake_.put(image);
  look();
  const PlannedAction action = plan(ObjectKind::image, image.id, image.tags, {"ci/app:1"});
  const ActionOutcome outcome = execute(action);
  EXPECT_EQ(outcome.state, ActionState::removed);
  EXPECT_EQ(outcome.message, "untagged; its layers stay as long as ci/app:2 needs them");
}

TEST_F(ExecutorTest, FailsWhenTheEngineSaysDoneAndTheImageIsStillThere) {
  const Image image = fake_image(1, {"ci/app:1"});
  fake_.put(image);
  look();
  fake_.add_fault(
      {.method = "DELETE", .kind = FakeFault::Kind::body, .body = R"([{"Untagged":"ci/app:1"}])"});
  const ActionOutcome outcome = execute(plan_image(image));
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_EQ(outcome.http_status, 200);
  EXPECT_THAT(outcome.message, HasSubstr("still there"));
}

TEST_F(ExecutorTest, CarriesOutWhatThePlannerPlans) {
  constexpr std::int64_t hour_ms = 3'600'000;
  const Image tagged = fake_image(1, {"ci/app:2", "ci/app:1", "mirror/app:1"});
  const Image untagged = fake_image(2, {});
  const Image used = fake_image(3, {"nginx:1.25"});
  for (const Image* image : {&tagged, &untagged, &used}) fake_.put(*image);
  fake_.put(fake_container(1, used, "exited"));
  look();
  inventory_.service_images.complete = true;
  CleanupPolicy policy;
  policy.cleanup.max_share = 100;
  policy.docker.keep_last = 0;
  policy.docker.image_unused_for = std::chrono::hours(1);
  const std::int64_t now_ms = clock_.now().realtime_ns / ns_per_ms;
  const auto usage = [&](ObjectKind kind, const std::string& id) -> const ObjectUsage* {
    static ObjectUsage old;
    old = {.kind = kind,
           .id = id,
           .first_seen_ms = now_ms - 1'000 * hour_ms,
           .unused_since_ms = now_ms - 999 * hour_ms};
    return &old;
  };
  plan_ = make_plan(
      inventory_, usage, policy,
      {.now_ms = now_ms, .observation = {.first_ms = 1, .since_ms = 1, .until_ms = now_ms}, .pins = {}});
  std::string explanations;
  for (const Verdict& verdict : plan_.verdicts) explanations += verdict.explanation + "\n";
  ASSERT_THAT(plan_.actions, SizeIs(2)) << explanations;
  for (const PlannedAction& action : plan_.actions) {
    const ActionOutcome outcome = execute(action);
    EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  }
  EXPECT_FALSE(engine_has_image(tagged.id));
  EXPECT_FALSE(engine_has_image(untagged.id));
  EXPECT_TRUE(engine_has_image(used.id));
}

TEST_F(ExecutorTest, HasAWordForEveryState) {
  EXPECT_EQ(to_string(ActionState::removed), "removed");
  EXPECT_EQ(to_string(ActionState::gone), "gone");
  EXPECT_EQ(to_string(ActionState::kept), "kept");
  EXPECT_EQ(to_string(ActionState::deferred), "deferred");
  EXPECT_EQ(to_string(ActionState::failed), "failed");
}

}  // namespace
}  // namespace caretaker
