// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "cleanup/executor.h"
#include "cleanup/executor_fixture.h"

namespace caretaker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t day_ms = 86'400'000;

// Containers, networks, volumes and the build cache.
class ExecutorKinds : public ExecutorFixture {
 protected:
  PlannedAction plan_container(const Container& container) {
    return plan(ObjectKind::container, container.id, {container.name}, {container.id});
  }
  PlannedAction plan_network() {
    return plan(ObjectKind::network, network_.id, {network_.name}, {network_.id});
  }
  PlannedAction plan_volume() {
    return plan(ObjectKind::volume, volume_.name, {volume_.name}, {volume_.name});
  }

  const Image image_ = fake_image(1, {"ci/app:1"});
  const Network network_{.id = std::string(64, 'e'),
                         .name = "ci_default",
                         .driver = "bridge",
                         .created_ms = day_ms,
                         .endpoints = std::nullopt,
                         .labels = {}};
  const Volume volume_{
      .name = std::string(64, 'f'), .driver = "local", .created_ms = day_ms, .anonymous = true, .labels = {}};
};

TEST_F(ExecutorKinds, RemovesAContainerThatEnded) {
  Container container = fake_container(1, image_, "exited");
  container.finished_ms = day_ms;
  fake_.put(image_);
  fake_.put(container);
  look();
  const ActionOutcome outcome = execute(plan_container(container));
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(outcome.http_status, 204);
  EXPECT_THAT(fake_.containers(), IsEmpty());
  EXPECT_THAT(asked("DELETE"), ElementsAre(Not(HasSubstr("force"))));
}

TEST_F(ExecutorKinds, KeepsAContainerThatWasStarted) {
  Container container = fake_container(1, image_, "exited");
  fake_.put(image_);
  fake_.put(container);
  look();
  container.state = "running";
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_container(container));
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.message, "its state changed since the plan: running now");
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorKinds, KeepsAContainerThatRanAndEndedAgain) {
  Container container = fake_container(1, image_, "exited");
  container.finished_ms = day_ms;
  fake_.put(image_);
  fake_.put(container);
  look();
  container.finished_ms = 2 * day_ms;
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_container(container));
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.message, "it ran since the plan");
}

TEST_F(ExecutorKinds, LeavesTheLastWordToTheEngineWhenAContainerIsStartedInTheSameMoment) {
  Container container = fake_container(1, image_, "exited");
  fake_.put(image_);
  fake_.put(container);
  look();
  fake_.on_delete([&](const FakeRequest&) {
    container.state = "running";
    fake_.put(container);
  });
  EXPECT_EQ(execute(plan_container(container)).state, ActionState::kept);
  EXPECT_THAT(fake_.containers(), SizeIs(1));
}

TEST_F(ExecutorKinds, TellsWhenAContainerIsGone) {
  const Container container = fake_container(1, image_, "exited");
  fake_.put(image_);
  fake_.put(container);
  look();
  fake_.remove_container(container.id);
  EXPECT_EQ(execute(plan_container(container)).state, ActionState::gone);
}

TEST_F(ExecutorKinds, RemovesANetworkThatNobodyUses) {
  fake_.put(network_);
  look();
  const ActionOutcome outcome = execute(plan_network());
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(std::ranges::count(fake_.networks(), network_.id, &Network::id), 0);
}

TEST_F(ExecutorKinds, KeepsANetworkOfAContainerThatDoesNotEvenRun) {
  fake_.put(image_);
  fake_.put(network_);
  look();
  Container container = fake_container(1, image_, "exited");
  container.networks = {network_.name};
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_network());
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
  EXPECT_THAT(outcome.message, HasSubstr(container.name));
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorKinds, KeepsANetworkThatGotAnEndpointInTheSameMoment) {
  fake_.put(network_);
  look();
  fake_.add_fault(
      {.method = "DELETE",
       .path_prefix = "/networks/",
       .kind = FakeFault::Kind::status,
       .status = 403,
       .body = R"({"message":"error while removing network: network ci_default has active endpoints"})"});
  const ActionOutcome outcome = execute(plan_network());
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.http_status, 403);
}

TEST_F(ExecutorKinds, KeepsANetworkWithEndpoints) {
  fake_.put(network_);
  look();
  Network used = network_;
  used.endpoints = 2;
  fake_.put(used);
  const ActionOutcome outcome = execute(plan_network());
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
}

TEST_F(ExecutorKinds, RemovesAVolumeThatNobodyUses) {
  fake_.put(volume_);
  look();
  const ActionOutcome outcome = execute(plan_volume());
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_THAT(fake_.volumes(), IsEmpty());
}

TEST_F(ExecutorKinds, KeepsAVolumeThatSomebodyMounts) {
  fake_.put(image_);
  fake_.put(volume_);
  look();
  Container container = fake_container(1, image_, "created");
  container.mounts.push_back({.type = ContainerMount::Type::volume, .name = volume_.name});
  fake_.put(container);
  const ActionOutcome outcome = execute(plan_volume());
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorKinds, KeepsAVolumeThatWasMadeAnew) {
  fake_.put(volume_);
  look();
  fake_.remove_volume(volume_.name);
  Volume anew = volume_;
  anew.created_ms = 2 * day_ms;
  fake_.put(anew);
  const ActionOutcome outcome = execute(plan_volume());
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_EQ(outcome.message, "it was made anew since the plan");
}

TEST_F(ExecutorKinds, TellsWhenAVolumeIsGone) {
  fake_.put(volume_);
  look();
  fake_.remove_volume(volume_.name);
  EXPECT_EQ(execute(plan_volume()).state, ActionState::gone);
}

TEST_F(ExecutorKinds, PrunesTheBuildCacheByAge) {
  fake_.put(BuildCacheRecord{.id = "old",
                             .type = "regular",
                             .size_bytes = 1'000,
                             .in_use = false,
                             .created_ms = day_ms,
                             .last_used_ms = day_ms});
  look();
  PlannedAction action = plan(ObjectKind::build_cache, "", {}, {});
  action.build_prune.unused_for_ms = 7 * day_ms;
  const ActionOutcome outcome = execute(action);
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(outcome.http_status, 200);
  EXPECT_EQ(outcome.reported_bytes, 1'000U);
  EXPECT_THAT(fake_.build_cache(), IsEmpty());
  EXPECT_THAT(asked("POST"), ElementsAre(AllOf(HasSubstr("/build/prune"), HasSubstr("604800s"))));
  EXPECT_EQ(execute(action).state, ActionState::gone) << "nothing was left";
}

TEST_F(ExecutorKinds, FailsOrDefersWhenTheBuildCacheCannotBePruned) {
  look();
  PlannedAction action = plan(ObjectKind::build_cache, "", {}, {});
  action.build_prune.unused_for_ms = 7 * day_ms;
  fake_.add_fault({.method = "POST", .path_prefix = "/build/prune", .kind = FakeFault::Kind::status});
  const ActionOutcome failed = execute(action);
  EXPECT_EQ(failed.state, ActionState::failed);
  EXPECT_EQ(failed.http_status, 500);
  fake_.add_fault({.method = "POST",
                   .path_prefix = "/build/prune",
                   .times = 1'000,
                   .kind = FakeFault::Kind::status,
                   .status = 409,
                   .body = R"({"message":"a prune operation is already running"})"});
  (void)asked("POST");
  EXPECT_EQ(execute(action).state, ActionState::deferred);
  EXPECT_THAT(asked("POST"), SizeIs(1 + prune_running_retries));
}

}  // namespace
}  // namespace caretaker
