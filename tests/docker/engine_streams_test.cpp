// SPDX-License-Identifier: MIT
// The answers of the engine that last: pulls and events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "docker/engine_client_fixture.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using EngineStreamsTest = EngineClientTest;

TEST_F(EngineStreamsTest, PullsOneReference) {
  ASSERT_TRUE(meet("1.41"));
  const std::string digest = "sha256:" + std::string(64, 'd');
  engine_.answer(
      http_chunked({"{\"status\":\"Pulling from library/nginx\",\"id\":\"1.25\"}\r\n",
                    "{\"status\":\"Downloading\",\"id\":\"0a\"}{\"status\":\"Digest: " + digest + "\"}",
                    "{\"status\":\"Status: Downloaded newer image for nginx:1.25\"}\r\n"}));
  const auto pulled = client_.pull({.repository = "nginx", .tag = "1.25", .digest = {}}, "eyJ9", {});
  ASSERT_TRUE(pulled.has_value()) << pulled.error().message;
  EXPECT_EQ(pulled->digest, digest);
  EXPECT_EQ(pulled->status, "Status: Downloaded newer image for nginx:1.25");
  EXPECT_EQ(last_target(), "/v1.41/images/create?fromImage=nginx&tag=1.25");
  EXPECT_THAT(engine_.requests().back(), HasSubstr("X-Registry-Auth: eyJ9\r\n"));
  engine_.answer(http_chunked({"{\"status\":\"Status: Image is up to date\"}"}));
  ASSERT_TRUE(client_.pull({.repository = "nginx", .tag = "1.25", .digest = digest}, "", {}).has_value());
  EXPECT_THAT(last_target(), HasSubstr("&tag=sha256%3Add"));
}

TEST_F(EngineStreamsTest, TakesAnErrorInsideOfAPullForWhatItIs) {
  ASSERT_TRUE(meet("1.41"));
  const ImageReference reference{.repository = "nginx", .tag = "1", .digest = {}};
  engine_.answer(
      http_chunked({R"({"status":"Pulling","id":"1"})",
                    R"({"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"})"}));
  const auto failed = client_.pull(reference, "eyJ9", {});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().problem, EngineProblem::failed);
  EXPECT_EQ(failed.error().message, "POST /images/create: manifest unknown");
  engine_.answer(http_chunked({R"({"status":"Pulling","id":"1"})"}, false));
  EXPECT_EQ(client_.pull(reference, "", {}).error().problem, EngineProblem::garbage);
  engine_.answer(http_chunked({}));
  EXPECT_EQ(client_.pull(reference, "", {}).error().problem, EngineProblem::garbage);
  engine_.answer(http_answer(R"({"message":"pull access denied"})", "404 Not Found"));
  EXPECT_EQ(client_.pull(reference, "", {}).error().problem, EngineProblem::not_found);
  const std::size_t before = engine_.connections();
  EXPECT_EQ(client_.pull({.repository = "nginx", .tag = {}, .digest = {}}, "", {}).error().problem,
            EngineProblem::not_allowed);
  EXPECT_EQ(engine_.connections(), before);
}

TEST_F(EngineStreamsTest, HearsEventsAsTheyComeUntilItIsStopped) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer_and_hang(
      http_chunked({R"({"Type":"container","Action":"start","Actor":{"ID":"c1"},"timeNano":5}{"Ty)",
                    R"(pe":"image","Action":"pull","Actor":{"ID":"a:1"},"timeNano":6})"},
                   false));
  std::vector<std::string> heard;
  std::stop_source stop;
  const EngineError error = client_.events(
      1'700'000'000'000'000'007, [&] { heard.emplace_back("connected"); },
      [&](const EngineEvent& event) {
        heard.push_back(event.type + ' ' + event.action + ' ' + event.actor_id);
        if (heard.size() == 3) stop.request_stop();
      },
      stop.get_token());
  EXPECT_EQ(error.problem, EngineProblem::stopped) << error.message;
  EXPECT_THAT(heard, ElementsAre("connected", "container start c1", "image pull a:1"));
  EXPECT_THAT(last_target(), StartsWith("/v1.41/events?since=1700000000.000000007&filters=%7B%22type%22"));
  EXPECT_THAT(last_target(), HasSubstr("%22event%22"));
}

TEST_F(EngineStreamsTest, IsConnectedToASilentEventStreamAtOnce) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer_and_hang(http_chunked({}, false));
  std::stop_source stop;
  int connected = 0;
  const EngineError error = client_.events(
      0,
      [&] {
        ++connected;
        stop.request_stop();
      },
      [](const EngineEvent&) { FAIL(); }, stop.get_token());
  EXPECT_EQ(error.problem, EngineProblem::stopped);
  EXPECT_EQ(connected, 1);
  EXPECT_THAT(last_target(), StartsWith("/v1.41/events?filters="));
}

TEST_F(EngineStreamsTest, TakesEveryEndOfTheEventsForAnError) {
  ASSERT_TRUE(meet("1.41"));
  const auto listen = [&] { return client_.events(0, [] {}, [](const EngineEvent&) {}, {}); };
  engine_.answer(http_chunked({R"({"Type":"image","Action":"pull"})"}));
  EXPECT_EQ(listen().problem, EngineProblem::unreachable);
  engine_.answer(http_chunked({R"({"Type":"image","Action":"pull"})"}, false));
  EXPECT_EQ(listen().problem, EngineProblem::unreachable);  // as a killed engine ends it
  engine_.answer(http_chunked({"nonsense"}));
  EXPECT_EQ(listen().problem, EngineProblem::garbage);
  engine_.answer(http_chunked({R"({"Type":7})"}));
  EXPECT_EQ(listen().problem, EngineProblem::garbage);
  engine_.answer(http_answer(R"({"message":"no events"})", "500 Internal Server Error"));
  EXPECT_EQ(listen().problem, EngineProblem::failed);
  engine_.answer(http_chunked({R"({"Type":"image","Action":")" + std::string(event_bytes_max, 'x') + "\"}"}));
  EXPECT_EQ(listen().problem, EngineProblem::garbage);
}

TEST_F(EngineStreamsTest, DoesNotFilterActionsThatPodmanNamesDifferently) {
  meet_podman();
  engine_.answer(http_chunked({R"({"Type":"container","Action":"remove","Actor":{"ID":"c1"}})"}));
  std::vector<std::string> heard;
  static_cast<void>(
      client_.events(0, [] {}, [&](const EngineEvent& event) { heard.push_back(event.action); }, {}));
  EXPECT_THAT(heard, ElementsAre("destroy"));
  EXPECT_EQ(last_target().find("%22event%22"), std::string::npos);
}

TEST_F(EngineStreamsTest, StopsInTheMiddleOfADeletion) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer_and_hang("");
  const std::size_t before = engine_.requests().size();
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(eventually([&] { return engine_.requests().size() > before; }));
    stop.request_stop();
  });
  const auto removed = client_.remove_volume("data", stop.get_token());
  stopper.join();
  ASSERT_FALSE(removed.has_value());
  EXPECT_EQ(removed.error().problem, EngineProblem::stopped);
}

}  // namespace
}  // namespace caretaker
