// SPDX-License-Identifier: MIT
#include "support/fake_engine.h"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "support/eventually.h"
#include "support/fake_engine_fixture.h"

namespace caretaker {

nlohmann::json AskedEngine::get(std::string_view target) {
  const RawAnswer answer = ask("GET", target);
  EXPECT_EQ(answer.status, 200) << target << '\n' << answer.body;
  EXPECT_TRUE(answer.whole);
  return nlohmann::json::parse(answer.body, nullptr, false);
}

std::string AskedEngine::remove(std::string_view target) {
  const RawAnswer answer = ask("DELETE", target);
  const nlohmann::json body = nlohmann::json::parse(answer.body, nullptr, false);
  const std::string message = body.is_object() ? body.value("message", "") : answer.body;
  return std::to_string(answer.status) + ' ' + message;
}

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(FakeEngine, TellsWhoItIs) {
  AskedEngine docker;
  const RawAnswer ping = docker.ask("GET", "/_ping");
  EXPECT_EQ(ping.body, "OK");
  EXPECT_EQ(ping.headers.at("api-version"), "1.54");
  EXPECT_EQ(ping.headers.at("ostype"), "linux");
  EXPECT_EQ(ping.headers.at("server"), "Docker/29.3.0 (linux)");
  EXPECT_FALSE(ping.headers.contains("libpod-api-version"));
  EXPECT_EQ(docker.ask("HEAD", "/_ping").headers.at("api-version"), "1.54");
  const json version = docker.get("/version");
  EXPECT_EQ(version["ApiVersion"], "1.54");
  EXPECT_EQ(version["MinAPIVersion"], "1.40");
  EXPECT_EQ(version["Components"][0]["Name"], "Engine");

  AskedEngine podman(podman_options());
  EXPECT_EQ(podman.ask("HEAD", "/_ping").headers.at("libpod-api-version"), "4.3.1");
  EXPECT_EQ(podman.get("/version")["Components"][0]["Name"], "Podman Engine");
}

TEST(FakeEngine, TellsItsStore) {
  AskedEngine containerd({.root_dir = "/data/docker"});
  json info = containerd.get("/v1.54/info");
  EXPECT_EQ(info["DockerRootDir"], "/data/docker");
  EXPECT_EQ(info["DriverStatus"].dump(), R"([["driver-type","io.containerd.snapshotter.v1"]])");
  EXPECT_EQ(info["Swarm"]["ControlAvailable"], false);
  AskedEngine graphdriver(graphdriver_options());
  info = graphdriver.get("/info");
  EXPECT_EQ(info["Driver"], "overlay2");
  EXPECT_EQ(info["DriverStatus"][0][0], "Backing Filesystem");
  EXPECT_FALSE(info["ID"].get<std::string>().empty());
}

TEST(FakeEngine, RefusesVersionsThatItDoesNotSpeak) {
  AskedEngine docker;
  const RawAnswer old = docker.ask("GET", "/v1.39/info");
  EXPECT_EQ(old.status, 400);
  EXPECT_EQ(
      json::parse(old.body)["message"],
      "client version 1.39 is too old. Minimum supported API version is 1.40, please upgrade your client "
      "to a newer version");
  const RawAnswer young = docker.ask("GET", "/v1.55/info");
  EXPECT_EQ(young.status, 400);
  EXPECT_EQ(json::parse(young.body)["message"],
            "client version 1.55 is too new. Maximum supported API version is 1.54");
  EXPECT_EQ(docker.ask("GET", "/v1.40/info").status, 200);
  EXPECT_EQ(AskedEngine(podman_options()).ask("GET", "/v1.99/info").status, 200);
}

TEST(FakeEngine, DoesNotKnowOtherPaths) {
  AskedEngine docker;
  const RawAnswer answer = docker.ask("POST", "/containers/create");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(json::parse(answer.body)["message"], "page not found");
  EXPECT_EQ(docker.ask("GET", "/v4.0.0/libpod/volumes/json").status, 400) << "too new for Docker";
  EXPECT_EQ(docker.ask("GET", "/libpod/volumes/json").status, 404);
  AskedEngine podman(podman_options());
  EXPECT_EQ(podman.ask("POST", "/v1.41/build/prune").status, 404);
  EXPECT_EQ(podman.ask("GET", "/v1.41/nothing").body, "404 page not found\n");
}

TEST(FakeEngine, KeepsConnectionsAndRemembersRequests) {
  AskedEngine docker;
  EXPECT_EQ(docker.client.ask("GET", "/_ping", "X-Registry-Auth: e30=\r\n").status, 200);
  EXPECT_EQ(docker.ask("DELETE", "/images/none?force=1").status, 404);
  const std::vector<FakeRequest> requests = docker.engine.take_requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].headers.at("x-registry-auth"), "e30=");
  EXPECT_EQ(requests[1].method, "DELETE");
  EXPECT_EQ(requests[1].target, "/images/none?force=1");
  EXPECT_TRUE(docker.engine.take_requests().empty());
}

TEST(FakeEngine, SendsShortAnswersWithLengthAndLongOnesInChunks) {
  AskedEngine docker;
  EXPECT_TRUE(docker.ask("GET", "/images/json").headers.contains("content-length"));
  for (int i = 0; i < 100; ++i) docker.engine.put(fake_image(i, {"app:" + std::to_string(i)}));
  const RawAnswer answer = docker.ask("GET", "/images/json");
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(json::parse(answer.body).size(), 100U);
}

TEST(FakeEngine, ServesHugeLists) {
  AskedEngine docker;
  constexpr int images = 10'000;
  constexpr int containers = 2'000;
  for (int i = 0; i < images; ++i) {
    const Image image = fake_image(i, {"registry.example.com/team/app:" + std::to_string(i)});
    docker.engine.put(image);
    if (i < containers) docker.engine.put(fake_container(i, image));
  }
  EXPECT_EQ(docker.get("/v1.54/images/json?shared-size=1").size(), 10'000U);
  EXPECT_EQ(docker.get("/v1.54/containers/json?all=1").size(), 2'000U);
  EXPECT_THAT(docker.remove("/images/registry.example.com/team/app:9999"), StartsWith("200"));
  EXPECT_EQ(docker.engine.images().size(), 9'999U);
}

TEST(FakeEngine, ServesManyAtOnce) {
  FakeEngine engine;
  for (int i = 0; i < 50; ++i) engine.put(fake_image(i, {"app:" + std::to_string(i)}));
  constexpr int clients = 8;
  std::vector<int> good(clients, 0);
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      RawHttpClient client(engine.socket());
      for (int i = c; i < 50; i += clients) {
        const std::string tag = "app:" + std::to_string(i);
        const bool listed = client.ask("GET", "/images/json").whole;
        const bool removed = client.ask("DELETE", "/images/" + tag).status == 200;
        if (listed && removed) ++good[static_cast<std::size_t>(c)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::accumulate(good.begin(), good.end(), 0), 50);
  EXPECT_TRUE(engine.images().empty());
  EXPECT_EQ(engine.take_requests().size(), 100U);
}

TEST(FakeEngine, StopsAndStarts) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"app:1"}));
  EXPECT_EQ(docker.ask("GET", "/_ping").status, 200);
  docker.engine.stop();
  EXPECT_EQ(docker.ask("GET", "/_ping").status, 0);
  EXPECT_FALSE(RawHttpClient(docker.engine.socket()).connected());
  docker.engine.start();
  RawHttpClient again(docker.engine.socket());
  EXPECT_EQ(json::parse(again.ask("GET", "/images/json").body).size(), 1U);
  again.send_request("GET", "/events?since=0&until=1");
  EXPECT_EQ(again.read_answer().body, "") << "the ring is empty";
}

TEST(FakeEngine, MayBeStoppedFromItsOwnCallback) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"app:1"}));
  docker.engine.on_delete([&](const FakeRequest& request) {
    EXPECT_EQ(request.target, "/images/app:1");
    docker.engine.stop();
    docker.engine.start();
  });
  EXPECT_EQ(docker.ask("DELETE", "/images/app:1").status, 0);
  EXPECT_TRUE(
      eventually([&] { return RawHttpClient(docker.engine.socket()).ask("GET", "/_ping").status == 200; }));
}

TEST(FakeEngine, EndsPromptlyWhateverIsGoingOn) {
  auto docker = std::make_unique<AskedEngine>();
  RawHttpClient events(docker->engine.socket());
  events.send_request("GET", "/events");
  EXPECT_EQ(events.read_head().status, 200);
  docker->engine.add_fault({.path_prefix = "/info", .kind = FakeFault::Kind::hang});
  docker->engine.add_fault(
      {.path_prefix = "/version", .kind = FakeFault::Kind::drip, .pause = std::chrono::minutes(10)});
  RawHttpClient hanging(docker->engine.socket());
  hanging.send_request("GET", "/info");
  RawHttpClient dripping(docker->engine.socket());
  dripping.send_request("GET", "/version");
  EXPECT_EQ(dripping.read_head().status, 200);
  const auto begin = std::chrono::steady_clock::now();
  docker->engine.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ(events.read_rest(), "");
  EXPECT_EQ(hanging.read_rest(), "");
}

TEST(FakeEngine, SamplesAreDistinct) {
  const Image one = fake_image(1, {"b:1", "a:1", "a:2"}, 5);
  const Image two = fake_image(2, {});
  EXPECT_NE(one.id.substr(0, 19), two.id.substr(0, 19)) << "short ids differ, too";
  EXPECT_EQ(one.id.size(), 71U);
  EXPECT_EQ(one.tags, (std::vector<std::string>{"a:1", "a:2", "b:1"}));
  EXPECT_EQ(one.digests.size(), 2U);
  EXPECT_EQ(one.size_bytes, 5U);
  const Container container = fake_container(1, one, "exited");
  EXPECT_EQ(container.id.size(), 64U);
  EXPECT_EQ(container.image, "a:1");
  EXPECT_GT(container.finished_ms, 0);
}

}  // namespace
}  // namespace caretaker
