// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <thread>

#include "base/cleanup_record.h"
#include "cleanup/executor.h"
#include "cleanup/executor_fixture.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = FakeFault::Kind;

constexpr int endless = 1'000'000;
constexpr std::string_view prune_running = R"({"message":"a prune operation is already running"})";

constexpr std::string_view too_many =
    R"({"message":"caretaker-docker-gate: more changes than 1000 at once"})";

// One untagged image, whose deletion goes wrong.
class ExecutorFaults : public ExecutorFixture {
 protected:
  using ExecutorFixture::ExecutorFixture;

  void prepare(FakeFault fault, milliseconds silence = std::chrono::seconds(30)) {
    fake_.put(image_);
    look(silence);
    fault.method = "DELETE";
    fake_.add_fault(std::move(fault));
  }
  ActionOutcome remove() { return execute(plan_image(image_)); }

  const Image image_ = fake_image(1, {});
};

class ExecutorFaultsPodman : public ExecutorFaults {
 protected:
  ExecutorFaultsPodman()
      : ExecutorFaults({.kind = EngineKind::podman,
                        .version = "5.4.0",
                        .api_max = {1, 41},
                        .store = ImageStore::podman,
                        .root_dir = "/var/lib/containers/storage"}) {}
};

TEST_F(ExecutorFaults, BelievesAnErrorWhenTheImageIsStillThere) {
  prepare({.kind = Kind::status, .status = 500, .body = R"({"message":"no space left on device"})"});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_EQ(outcome.http_status, 500);
  EXPECT_THAT(outcome.message, HasSubstr("no space left on device"));
}

TEST_F(ExecutorFaults, SeesThatItIsGoneAfterAnErrorBehindTheWork) {
  prepare({.kind = Kind::status_after_work, .status = 500, .body = R"({"message":"lost the rest"})"});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed);
  EXPECT_EQ(outcome.http_status, 500);
  EXPECT_THAT(outcome.message, AllOf(HasSubstr("lost the rest"), HasSubstr("it is gone nevertheless")));
}

TEST_F(ExecutorFaultsPodman, SeesThatItIsGoneAfterAnErrorBehindTheWork) {
  prepare({.kind = Kind::status_after_work,
           .status = 500,
           .body = R"({"cause":"layer in use","message":"1 error occurred: layer in use","response":500})"});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_FALSE(engine_has_image(image_.id));
}

TEST_F(ExecutorFaultsPodman, RemovesAndVerifiesAsDockerDoes) {
  fake_.put(image_);
  look();
  EXPECT_EQ(remove().state, ActionState::removed);
  EXPECT_FALSE(engine_has_image(image_.id));
}

TEST_F(ExecutorFaults, TakesSilenceForSuccessWhenTheImageIsGone) {
  fake_.put(image_);
  look(short_silence);
  // Removes it and is silent until somebody asks whether it is gone.
  fake_.on_delete([this](const FakeRequest&) {
    (void)fake_.take_requests();
    fake_.remove_image(image_.id);
    EXPECT_TRUE(eventually([this] { return !asked("GET").empty(); }));
  });
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(outcome.http_status, 0) << "there was no answer";
  EXPECT_THAT(outcome.message, HasSubstr("it is gone nevertheless"));
}

TEST_F(ExecutorFaults, TakesSilenceForFailureWhenTheImageIsStillThere) {
  prepare({.kind = Kind::hang}, short_silence);
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_EQ(outcome.http_status, 0);
  EXPECT_FALSE(outcome.message.empty());
}

TEST_F(ExecutorFaults, LooksForItselfWhenTheAnswerIsCutOff) {
  prepare({.kind = Kind::cut, .bytes = 3});
  EXPECT_EQ(remove().state, ActionState::removed);
  EXPECT_FALSE(engine_has_image(image_.id));
}

TEST_F(ExecutorFaults, LooksForItselfWhenTheAnswerIsGarbage) {
  prepare({.kind = Kind::garbage, .body = "\x16\x03\x01 this is not HTTP"});
  EXPECT_EQ(remove().state, ActionState::failed) << "nothing was done";
  EXPECT_TRUE(engine_has_image(image_.id));
  EXPECT_EQ(remove().state, ActionState::removed) << "and the next try works";
}

TEST_F(ExecutorFaults, LooksForItselfWhenTheConnectionIsLost) {
  prepare({.kind = Kind::close});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed) << outcome.message;
  EXPECT_EQ(remove().state, ActionState::removed);
}

TEST_F(ExecutorFaults, SaysSoWhenItCannotVerify) {
  fake_.put(image_);
  look();
  fake_.on_delete([this](const FakeRequest&) {
    fake_.add_fault({.method = "GET", .path_prefix = "/images/", .times = endless, .kind = Kind::close});
  });
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed);
  EXPECT_EQ(outcome.http_status, 200);
  EXPECT_THAT(outcome.message, HasSubstr("not verified"));
}

TEST_F(ExecutorFaults, DoesNotKnowWhenTheEngineDiesInTheMiddle) {
  prepare({.kind = Kind::close});
  fake_.add_fault({.method = "GET", .path_prefix = "/_ping", .kind = Kind::close});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_THAT(outcome.message, HasSubstr("whether it is gone is not known"));
  EXPECT_EQ(remove().state, ActionState::removed) << "the next one speaks to the engine that came back";
}

TEST_F(ExecutorFaults, FailsWithoutAnEngine) {
  fake_.put(image_);
  look();
  fake_.stop();
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_EQ(outcome.http_status, 0);
  fake_.start();
  EXPECT_EQ(remove().state, ActionState::removed) << "and goes on when it is back";
}

TEST_F(ExecutorFaults, FailsWhenTheContainersCannotBeListed) {
  fake_.put(image_);
  look();
  fake_.add_fault({.method = "GET", .path_prefix = "/containers/json", .kind = Kind::status, .status = 404});
  EXPECT_EQ(remove().state, ActionState::failed) << "404 of a list is not a gone image";
  fake_.add_fault({.method = "GET", .path_prefix = "/containers/json", .kind = Kind::body, .body = "[{]"});
  EXPECT_EQ(remove().state, ActionState::failed);
  fake_.add_fault(
      {.method = "GET", .path_prefix = "/images/", .times = 2, .kind = Kind::status, .status = 500});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_THAT(outcome.message, HasSubstr("could not be looked at once more"));
  EXPECT_THAT(asked("DELETE"), IsEmpty());
  EXPECT_TRUE(engine_has_image(image_.id));
}

TEST_F(ExecutorFaults, AnImageThatIsBeingRemovedIsGoneAMomentLater) {
  fake_.put(image_);
  look();
  fake_.add_fault({.method = "GET",
                   .path_prefix = "/images/",
                   .kind = Kind::status,
                   .status = 500,
                   .body = R"({"message":"layer does not exist"})"});
  fake_.add_fault({.method = "GET",
                   .path_prefix = "/images/",
                   .kind = Kind::status,
                   .status = 404,
                   .body = R"({"message":"No such image: sha256:1"})"});
  EXPECT_EQ(remove().state, ActionState::gone);
  EXPECT_THAT(asked("DELETE"), IsEmpty());
}

TEST_F(ExecutorFaults, WaitsForSomebodyElsesPrune) {
  prepare({.times = 2, .kind = Kind::status, .status = 409, .body = std::string(prune_running)});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_THAT(asked("DELETE"), SizeIs(3));
}

TEST_F(ExecutorFaults, LooksAgainAfterAWaitForSomebodyElsesPrune) {
  prepare({.times = endless, .kind = Kind::status, .status = 409, .body = std::string(prune_running)});
  on_look_ = [this] {
    if (looks_ == 2) fake_.put(fake_container(1, image_));
  };
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::kept) << outcome.message;
  EXPECT_THAT(asked("DELETE"), SizeIs(1));
}

TEST_F(ExecutorFaults, DefersWhenSomebodyElsesPruneDoesNotEnd) {
  prepare({.times = endless, .kind = Kind::status, .status = 409, .body = std::string(prune_running)});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::deferred);
  EXPECT_EQ(outcome.http_status, 409);
  EXPECT_THAT(outcome.message, HasSubstr("already running"));
  EXPECT_THAT(asked("DELETE"), SizeIs(1 + prune_running_retries));
}

TEST_F(ExecutorFaults, WaitsAndLooksAgainWhenTheGateHoldsItBack) {
  prepare({.times = 2, .kind = Kind::status, .status = 429, .body = std::string(too_many)});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::removed) << outcome.message;
  EXPECT_EQ(looks_, 3) << "once before every attempt";
}

TEST_F(ExecutorFaults, DefersWhatTheGateGoesOnHoldingBack) {
  prepare({.times = endless, .kind = Kind::status, .status = 429, .body = std::string(too_many)});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::deferred);
  EXPECT_EQ(outcome.http_status, 429);
  EXPECT_THAT(outcome.message, HasSubstr("more changes than"));
  EXPECT_THAT(asked("DELETE"), SizeIs(1 + prune_running_retries));
  EXPECT_TRUE(engine_has_image(image_.id));
}

TEST_F(ExecutorFaults, StopsInTheMiddleOfAWaitForSomebodyElsesPrune) {
  patience_.prune_running_delay = patience * 100;
  prepare({.times = endless, .kind = Kind::status, .status = 409, .body = std::string(prune_running)});
  std::stop_source stop;
  const std::jthread stopper([&] {
    EXPECT_TRUE(eventually([&] { return !asked("DELETE").empty(); }));
    stop.request_stop();
  });
  const ActionOutcome outcome = execute(plan_image(image_), stop.get_token());
  EXPECT_EQ(outcome.state, ActionState::deferred);
}

TEST_F(ExecutorFaults, StopsInTheMiddleOfADeletion) {
  prepare({.kind = Kind::hang});
  std::stop_source stop;
  const std::jthread stopper([&] {
    EXPECT_TRUE(eventually([&] { return !asked("DELETE").empty(); }));
    stop.request_stop();
  });
  const ActionOutcome outcome = execute(plan_image(image_), stop.get_token());
  EXPECT_EQ(outcome.state, ActionState::deferred);
  EXPECT_THAT(outcome.message, HasSubstr("may be removed all the same"));
  EXPECT_TRUE(lock_.hold_for_deletion(milliseconds(0), {})) << "the lock is let go";
}

TEST_F(ExecutorFaults, FailsWhenAProxyForbidsDeletions) {
  prepare({.kind = Kind::status, .status = 403, .body = "<html>Request forbidden</html>"});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::failed);
  EXPECT_EQ(outcome.http_status, 403);
}

TEST_F(ExecutorFaults, BoundsMessages) {
  prepare({.kind = Kind::status,
           .status = 409,
           .body = R"({"message":")" + std::string(3 * engine_message_bytes_max, 'x') + "\"}"});
  const ActionOutcome outcome = remove();
  EXPECT_EQ(outcome.state, ActionState::kept);
  EXPECT_LE(outcome.message.size(), engine_message_bytes_max);
}

}  // namespace
}  // namespace caretaker
