// SPDX-License-Identifier: MIT
// The daemon's own client, through the gate, to an engine in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "docker/engine_client.h"
#include "gate/gate_fixture.h"
#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class GateClient : public testing::Test {
 protected:
  void open(GateOptions options = {}) {
    options.engine = engine_.socket();
    options.idle_time = milliseconds(0);
    gate_.emplace(std::move(options));
    client_.emplace(EngineClientOptions{.socket = gate_->socket()});
    const auto version = client_->negotiate({});
    ASSERT_TRUE(version) << version.error().message;
  }

  CapturedAudit audit_;
  FakeEngine engine_;
  std::optional<RunningGate> gate_;
  std::optional<EngineClient> client_;
};

TEST_F(GateClient, GetsEverythingThatCleanupAsksFor) {
  engine_.put(Image{.id = "sha256:" + std::string(64, 'a'), .tags = {"app:1"}});
  engine_.put(Volume{.name = "data"});
  engine_.publish("web:1", Image{.id = "sha256:" + std::string(64, 'b'), .tags = {"web:1"}});
  open();
  EXPECT_TRUE(client_->info({}));
  EXPECT_EQ(client_->images({}).value().size(), 1U);
  EXPECT_TRUE(client_->containers({}));
  EXPECT_EQ(client_->volumes({}).value().size(), 1U);
  EXPECT_TRUE(client_->networks({}));
  EXPECT_TRUE(client_->build_cache({}));
  EXPECT_TRUE(client_->image("app:1", {}));
  EXPECT_TRUE(client_->pull(parse_image_reference("web:1").value(), "eyJhIjoiYiJ9", {}));
  EXPECT_EQ(client_->remove_image("app:1", {}).value().http_status, 200);
  EXPECT_EQ(client_->remove_volume("data", {}).value().http_status, 204);
  EXPECT_TRUE(client_->prune_build_cache({.unused_for_ms = 1000}, {}));
  EXPECT_EQ(client_->images({}).value().size(), 1U);
  EXPECT_EQ(client_->image("gone:1", {}).error().problem, EngineProblem::not_found);
}

TEST_F(GateClient, ReadsEventsAndEndsWithTheEngineAndByItself) {
  open();
  const auto watch = [this](const std::stop_token& stop, std::atomic<int>& events) {
    EngineClient client({.socket = gate_->socket()});
    EXPECT_TRUE(client.negotiate({}));
    return client.events(0, {}, [&](const EngineEvent&) { ++events; }, stop);
  };
  std::atomic<int> events = 0;
  EngineError lost;
  std::thread first([&] { lost = watch({}, events); });
  ASSERT_TRUE(eventually([&] { return engine_.listeners() == 1; }));
  engine_.put(Volume{.name = "data"});
  EXPECT_TRUE(eventually([&] { return events > 0; }));
  engine_.stop();
  first.join();
  EXPECT_EQ(lost.problem, EngineProblem::unreachable) << lost.message;
  engine_.start();

  std::stop_source stop;
  EngineError ended;
  std::thread second([&] { ended = watch(stop.get_token(), events); });
  ASSERT_TRUE(eventually([&] { return engine_.listeners() == 1; }));
  stop.request_stop();
  second.join();
  EXPECT_EQ(ended.problem, EngineProblem::stopped);
  EXPECT_TRUE(eventually([&] { return engine_.listeners() == 0; })) << "the engine's side is closed as well";
}

TEST_F(GateClient, IsToldOfAnEngineThatIsDownAsIfItHadAskedItself) {
  open();
  engine_.stop();
  const auto images = client_->images({});
  ASSERT_FALSE(images);
  EXPECT_EQ(images.error().problem, EngineProblem::unreachable);
  EXPECT_THAT(images.error().message, HasSubstr("caretaker-docker-gate: the engine's socket"));
  engine_.add_fault({.kind = FakeFault::Kind::close});
  engine_.start();
  EXPECT_EQ(client_->images({}).error().problem, EngineProblem::unreachable) << "no answer";
  engine_.add_fault({.path_prefix = "/images/json", .kind = FakeFault::Kind::cut, .bytes = 1});
  EXPECT_EQ(client_->images({}).error().problem, EngineProblem::garbage);
}

TEST_F(GateClient, GivesUpAnEngineThatHangs) {
  open();
  engine_.add_fault({.path_prefix = "/images/json", .kind = FakeFault::Kind::hang});
  EngineClient impatient({.socket = gate_->socket(), .inactivity_timeout = milliseconds(200)});
  ASSERT_TRUE(impatient.negotiate({}));
  EXPECT_EQ(impatient.images({}).error().problem, EngineProblem::timeout);
  EXPECT_TRUE(eventually([&] { return gate_->connections() == 0; }));
}

TEST_F(GateClient, WaitsWhenItAsksTooMuch) {
  open({.reads = {.burst = 4, .per_second = 4}});
  for (int i = 0; i < 8; ++i) {
    const auto info = client_->info({});
    EXPECT_TRUE(info) << info.error().message;
  }
  gate_->stop();
  EXPECT_THAT(audit_.take(), HasSubstr("(engine_request_throttled)"));
}

TEST_F(GateClient, StopsWaitingWhenItIsToldTo) {
  open({.reads = {.burst = 2, .per_second = 0.001}});
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(eventually([&] { return gate_->connections() == 0; }));
    stop.request_stop();
  });
  const auto info = client_->info(stop.get_token());
  stopper.join();
  ASSERT_FALSE(info);
  EXPECT_THAT(info.error().problem, testing::AnyOf(EngineProblem::throttled, EngineProblem::stopped));
}

TEST_F(GateClient, DoesNotRepeatAChangeByItself) {
  engine_.put(Volume{.name = "data"});
  open({.changes = {.burst = 0.5, .per_second = 100}});
  const auto removed = client_->remove_volume("data", {});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().problem, EngineProblem::throttled) << removed.error().message;
  EXPECT_THAT(removed.error().message, HasSubstr("caretaker-docker-gate: more changes than"));
  EXPECT_EQ(engine_.volumes().size(), 1U);
}

}  // namespace
}  // namespace caretaker
