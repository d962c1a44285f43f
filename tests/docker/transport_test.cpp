// SPDX-License-Identifier: MIT
#include "docker/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "docker/scripted_engine.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto far_away = 30s;
constexpr auto connect_timeout = 2 * far_away;

struct Outcome {
  EngineResult<EngineAnswer> answer;
  std::string body;
  int accepted = 0;
};

EngineRequest request(std::string method = "GET", std::string target = "/v1.41/info") {
  return {.method = std::move(method),
          .target = std::move(target),
          .registry_auth = {},
          .inactivity_timeout = far_away,
          .answer_bytes = 1U << 20};
}

Outcome send(const std::string& socket, const EngineRequest& asked = request(),
             const std::stop_token& stop = {}) {
  Transport transport(socket, connect_timeout);
  Outcome outcome;
  const AnswerSink sink{.accepted = [&] { ++outcome.accepted; },
                        .take = [&](std::string_view bytes) -> Result<> {
                          outcome.body.append(bytes);
                          return {};
                        }};
  outcome.answer = transport.send(asked, sink, stop);
  return outcome;
}

EngineError error_of(const Outcome& outcome) {
  EXPECT_FALSE(outcome.answer.has_value());
  return outcome.answer ? EngineError{} : outcome.answer.error();
}

TEST(Transport, TakesBodiesOfAllThreeKinds) {
  ScriptedEngine engine;
  engine.answer(http_answer("hello", "200 OK", "Api-Version: 1.41\r\nX-Odd:  a b \r\n"));
  engine.answer(http_chunked({"he", "llo"}));
  engine.answer("HTTP/1.1 200 OK\r\n\r\nhello");
  for (int round = 0; round < 3; ++round) {
    const Outcome outcome = send(engine.socket());
    ASSERT_TRUE(outcome.answer.has_value()) << outcome.answer.error().message;
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.accepted, 1);
    EXPECT_EQ(outcome.answer->status, 200);
    if (round == 0) {
      EXPECT_EQ(outcome.answer->headers.at("api-version"), "1.41");
      EXPECT_EQ(outcome.answer->headers.at("x-odd"), "a b");
    }
  }
}

TEST(Transport, SendsNothingButTheRequest) {
  ScriptedEngine engine;
  engine.answer(http_answer("", "200 OK"));
  engine.answer(http_answer("", "204 No Content"));
  EngineRequest pull = request("POST", "/v1.41/images/create?fromImage=a&tag=1");
  pull.registry_auth = "eyJ1c2VyIjoieCJ9";
  EXPECT_TRUE(send(engine.socket(), pull).answer.has_value());
  EXPECT_TRUE(send(engine.socket(), request("DELETE", "/v1.41/volumes/a")).answer.has_value());
  const std::vector<std::string> requests = engine.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0], StartsWith("POST /v1.41/images/create?fromImage=a&tag=1 HTTP/1.1\r\n"));
  EXPECT_THAT(requests[0], HasSubstr("X-Registry-Auth: eyJ1c2VyIjoieCJ9\r\n"));
  EXPECT_THAT(requests[0], HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(requests[0], Not(HasSubstr("Content-Type")));
  EXPECT_THAT(requests[1], StartsWith("DELETE /v1.41/volumes/a HTTP/1.1\r\nHost: localhost\r\n"));
  EXPECT_THAT(requests[1], Not(HasSubstr("X-Registry-Auth")));
}

TEST(Transport, RefusesWhatTheRulesDoNotAllowBeforeItConnects) {
  ScriptedEngine engine;
  const EngineError error = error_of(send(engine.socket(), request("DELETE", "/v1.41/volumes/a?force=1")));
  EXPECT_EQ(error.problem, EngineProblem::not_allowed);
  EXPECT_EQ(error.http_status, 0);
  EXPECT_THAT(error.message, StartsWith("DELETE /volumes/a: "));
  EngineRequest pull = request("POST", "/v1.41/images/create?fromImage=a&tag=1");
  pull.registry_auth = "secret\r\nX-Other: 1";
  const EngineError smuggled = error_of(send(engine.socket(), pull));
  EXPECT_EQ(smuggled.problem, EngineProblem::not_allowed);
  EXPECT_THAT(smuggled.message, Not(HasSubstr("secret")));
  EXPECT_EQ(engine.connections(), 0U);
}

TEST(Transport, TellsWhyTheSocketCannotBeReached) {
  const TempDir dir;
  const EngineError none = error_of(send(dir.path("none.sock")));
  EXPECT_EQ(none.problem, EngineProblem::unreachable);
  EXPECT_THAT(none.message, HasSubstr(dir.path("none.sock")));
  EXPECT_THAT(none.message, HasSubstr("No such file"));
  EXPECT_EQ(error_of(send(dir.write("file.sock", ""))).problem, EngineProblem::unreachable);
  EXPECT_EQ(error_of(send("relative.sock")).problem, EngineProblem::unreachable);
  EXPECT_EQ(error_of(send("")).problem, EngineProblem::unreachable);
  EXPECT_EQ(error_of(send("/" + std::string(200, 'a'))).problem, EngineProblem::unreachable);
}

TEST(Transport, TellsThatItMayNotConnect) {
  ScriptedEngine engine;
  ASSERT_EQ(::chmod(engine.socket().c_str(), 0), 0);
  const bool root = ::geteuid() == 0;
  constexpr uid_t nobody = 65'534;
  if (root) ::setfsuid(nobody);  // of this thread only, and the capabilities over files go with it
  const EngineError error = error_of(send(engine.socket()));
  if (root) ::setfsuid(0);
  EXPECT_EQ(error.problem, EngineProblem::forbidden) << error.message;
}

TEST(Transport, EndsWhenNobodyAcceptsItsConnection) {
  const TempDir dir;
  const std::string path = dir.path("full.sock");
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), where, sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  std::vector<UniqueFd> waiting;
  do {
    waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  } while (::connect(waiting.back().get(), where, sizeof address) == 0);
  const Transport transport(path, 200ms);
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return {}; }};
  const auto answer = transport.send(request(), sink, {});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().problem, EngineProblem::timeout);
  EXPECT_EQ(answer.error().message, path + ": does not accept connections");
}

TEST(Transport, GivesStatusAndBodyOfErrors) {
  ScriptedEngine engine;
  engine.answer(http_answer("{\"message\":\"no\"}", "409 Conflict"));
  engine.answer(http_answer("", "301 Moved", "Location: http://localhost/v1.41/containers/json\r\n"));
  engine.answer(http_answer(std::string(1U << 19, 'x'), "500 Internal Server Error"));
  const Outcome conflict = send(engine.socket());
  ASSERT_TRUE(conflict.answer.has_value());
  EXPECT_EQ(conflict.answer->status, 409);
  EXPECT_EQ(conflict.answer->error_body, "{\"message\":\"no\"}");
  EXPECT_EQ(conflict.body, "");
  EXPECT_EQ(conflict.accepted, 0);
  EXPECT_EQ(send(engine.socket()).answer->status, 301);
  const Outcome large = send(engine.socket());
  ASSERT_TRUE(large.answer.has_value());
  EXPECT_EQ(large.answer->error_body.size(), 64U << 10);
  EXPECT_EQ(engine.connections(), 3U);  // the redirection was not followed
}

TEST(Transport, KnowsAnswersThatAreBroken) {
  const std::vector<std::string> broken = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
      http_chunked({"hello"}, false),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/9.9 200 OK\r\n\r\n",
      "hello",
      "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" +
          [] {
            std::string lines;
            for (int line = 0; line < 10'000; ++line) lines += "X-" + std::to_string(line) + ": y\r\n";
            return lines;
          }() +
          "\r\n",
      http_answer(std::string((1U << 20) + 1, 'x')),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(70'000, 'a') + "\r\nhello\r\n",
      [] {
        std::string answers;
        for (int answer = 0; answer < 20; ++answer) answers += "HTTP/1.1 100 Continue\r\n\r\n";
        return answers + http_answer("hello");
      }(),
  };
  ScriptedEngine engine;
  for (const std::string& bytes : broken) {
    engine.answer(bytes);
    const EngineError error = error_of(send(engine.socket()));
    EXPECT_EQ(error.problem, EngineProblem::garbage) << bytes.substr(0, 60) << ": " << error.message;
    EXPECT_THAT(error.message, StartsWith("GET /info: "));
  }
}

TEST(Transport, NeverSendsADeletionTwice) {
  ScriptedEngine engine;
  engine.answer_and_hang(http_answer("x"));  // a connection that looks as if it could be used again
  engine.answer("");
  engine.answer(http_answer("x"));
  Transport transport(engine.socket(), connect_timeout);
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return {}; }};
  EXPECT_TRUE(transport.send(request(), sink, {}).has_value());
  const auto lost = transport.send(request("DELETE", "/v1.41/volumes/a"), sink, {});
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().problem, EngineProblem::unreachable) << lost.error().message;
  EXPECT_EQ(engine.connections(), 2U);
  EXPECT_TRUE(transport.send(request(), sink, {}).has_value());  // the next one begins anew
}

TEST(Transport, EndsWhenTheEngineIsSilentTooLong) {
  ScriptedEngine engine;
  engine.answer_and_hang("");
  engine.answer_and_hang("HTTP/1.1 200 OK\r\nContent-Le");
  engine.answer_and_hang("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  EngineRequest asked = request();
  asked.inactivity_timeout = 50ms;
  for (int round = 0; round < 3; ++round) {
    const EngineError error = error_of(send(engine.socket(), asked));
    EXPECT_EQ(error.problem, EngineProblem::timeout) << error.message;
    EXPECT_THAT(error.message, HasSubstr("silent for 50ms"));
  }
}

TEST(Transport, WaitsForAnEndlessBodyButNotForItsHeader) {
  ScriptedEngine engine;
  engine.answer_and_hang("HTTP/1.1 200 OK\r\n");
  engine.answer_and_hang("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EngineRequest asked = request();
  asked.endless = true;
  asked.inactivity_timeout = 50ms;
  EXPECT_EQ(error_of(send(engine.socket(), asked)).problem, EngineProblem::timeout);
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(eventually([&] { return engine.requests().size() == 2; }));
    std::this_thread::sleep_for(4 * asked.inactivity_timeout);
    stop.request_stop();
  });
  EXPECT_EQ(error_of(send(engine.socket(), asked, stop.get_token())).problem, EngineProblem::stopped);
  stopper.join();
}

TEST(Transport, IsPatientWithAnEngineThatIsSlow) {
  ScriptedEngine engine;
  const std::string answer = http_answer("0123456789");
  EngineRequest asked = request();
  asked.inactivity_timeout = 2s;
  engine.drip(answer, 2'500ms / static_cast<int>(answer.size()) + 1ms);  // in all longer than the timeout
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = send(engine.socket(), asked);
  ASSERT_TRUE(outcome.answer.has_value()) << outcome.answer.error().message;
  EXPECT_EQ(outcome.body, "0123456789");
  EXPECT_GT(std::chrono::steady_clock::now() - begin, asked.inactivity_timeout);
}

TEST(Transport, DoesNotCountTheTimeOfItsSink) {
  ScriptedEngine engine;
  engine.drip(http_answer("ab"), 1ms);
  EngineRequest asked = request();
  asked.inactivity_timeout = 1s;
  Transport transport(engine.socket(), connect_timeout);
  std::string body;
  const AnswerSink slow{.accepted = {}, .take = [&](std::string_view bytes) -> Result<> {
                          if (body.empty()) std::this_thread::sleep_for(1'300ms);
                          body.append(bytes);
                          return {};
                        }};
  const auto answer = transport.send(asked, slow, {});
  EXPECT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(body, "ab");
}

TEST(Transport, StopsAtOnceWhereverItWaits) {
  ScriptedEngine engine;
  for (const char* bytes :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"}) {
    engine.answer_and_hang(bytes);
    EngineRequest asked = request();
    const std::size_t before = engine.requests().size();
    std::stop_source stop;
    std::thread stopper([&] {
      EXPECT_TRUE(eventually([&] { return engine.requests().size() > before; }));
      std::this_thread::sleep_for(20ms);  // so that it waits again, for the next byte
      stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    const EngineError error = error_of(send(engine.socket(), asked, stop.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, far_away / 2);
    stopper.join();
    EXPECT_EQ(error.problem, EngineProblem::stopped) << error.message;
  }
}

TEST(Transport, SendsNothingOnceStopped) {
  ScriptedEngine engine;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(error_of(send(engine.socket(), request("DELETE", "/v1.41/volumes/a"), stop.get_token())).problem,
            EngineProblem::stopped);
  EXPECT_EQ(engine.connections(), 0U);
}

TEST(Transport, WorksAgainAfterAStop) {
  ScriptedEngine engine;
  engine.answer_and_hang("");
  engine.answer(http_answer("hello"));
  Transport transport(engine.socket(), connect_timeout);
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return {}; }};
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(eventually([&] { return !engine.requests().empty(); }));
    stop.request_stop();
  });
  EXPECT_FALSE(transport.send(request(), sink, stop.get_token()).has_value());
  stopper.join();
  EXPECT_TRUE(transport.send(request(), sink, {}).has_value());
}

TEST(Transport, EndsWithTheErrorOfItsSink) {
  ScriptedEngine engine;
  engine.answer_and_hang("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  Transport transport(engine.socket(), connect_timeout);
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return fail("odd"); }};
  const auto answer = transport.send(request(), sink, {});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().problem, EngineProblem::garbage);
  EXPECT_EQ(answer.error().message, "GET /info: odd");
  EXPECT_EQ(answer.error().http_status, 200);
}

TEST(Transport, PassesOverInterimAnswersAndTrailers) {
  ScriptedEngine engine;
  engine.answer("HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n" + http_answer("hello"));
  engine.answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n0\r\nX: HTTP/1.1 500 "
      "no\r\n\r\n");
  for (int round = 0; round < 2; ++round) {
    const Outcome outcome = send(engine.socket());
    ASSERT_TRUE(outcome.answer.has_value()) << outcome.answer.error().message;
    EXPECT_EQ(outcome.answer->status, 200);
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.accepted, 1);
    EXPECT_FALSE(outcome.answer->headers.contains("x-a"));
  }
}

TEST(Transport, IgnoresProxiesOfTheEnvironment) {
  ScriptedEngine engine;
  engine.answer(http_answer("hello"));
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "socks5://127.0.0.1:1", 1);
  const Outcome outcome = send(engine.socket());
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  EXPECT_EQ(outcome.body, "hello");
}

}  // namespace
}  // namespace caretaker
