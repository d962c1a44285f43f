// SPDX-License-Identifier: MIT
#include "gate/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <string>

#include "docker/scripted_engine.h"
#include "gate/gate_fixture.h"
#include "support/eventually.h"
#include "support/raw_http_client.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class GateTest : public testing::Test {
 protected:
  [[nodiscard]] GateOptions options() const {
    return {.engine = engine_.socket(), .idle_time = std::chrono::milliseconds(0)};
  }

  CapturedAudit audit_;
  ScriptedEngine engine_;
};

TEST_F(GateTest, PassesARequestOnInItsOwnWordsAndTheAnswerAsItCame) {
  const std::string answer = http_answer("[{\"Id\":1}]", "200 OK", "Api-Version: 1.41\r\nX-Odd:  kept \r\n");
  engine_.answer(answer);
  RunningGate gate(options());
  RawHttpClient client(gate.socket());
  client.send_request("GET", "/v1.41/images/json?all=0", "Cookie: secret\r\nConnection: keep-alive\r\n");
  EXPECT_EQ(client.read_rest(), answer);
  ASSERT_EQ(engine_.requests().size(), 1U);
  EXPECT_EQ(engine_.requests()[0],
            "GET /v1.41/images/json?all=0 HTTP/1.1\r\nHost: docker\r\nUser-Agent: caretaker-docker-gate\r\n"
            "Accept: application/json\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(audit_.take(), "") << "questions are not told of";
}

TEST_F(GateTest, ReadsARequestThatComesInPieces) {
  engine_.answer(http_answer("OK"));
  RunningGate gate(options());
  RawHttpClient client(gate.socket());
  for (const char c : std::string("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")) client.send({&c, 1});
  EXPECT_EQ(client.read_answer().body, "OK");
}

TEST_F(GateTest, TellsOfEveryChangeBeforeItGoesOnAndOfItsAnswer) {
  engine_.answer(http_answer("", "204 No Content"));
  engine_.answer(http_answer("{\"message\":\"in use\"}", "409 Conflict"));
  RunningGate gate(options());
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("DELETE", "/v1.41/volumes/data").status, 204);
  EXPECT_EQ(RawHttpClient(gate.socket())
                .ask("POST", "/v1.41/images/create?fromImage=a&tag=1", "X-Registry-Auth: c2VjcmV0\r\n")
                .status,
            409);
  gate.stop();
  const std::string told = audit_.take();
  const std::string peer = "of uid " + std::to_string(::getuid()) + ", pid " + std::to_string(::getpid());
  EXPECT_THAT(told, HasSubstr("DELETE /v1.41/volumes/data " + peer + " (engine_change_passed)\n"));
  EXPECT_THAT(told,
              HasSubstr("DELETE /v1.41/volumes/data " + peer + ": HTTP 204 (engine_change_answered)\n"));
  EXPECT_THAT(told, HasSubstr("tag=1 " + peer + ": HTTP 409 (engine_change_answered)\n"));
  EXPECT_THAT(told, Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(engine_.requests().at(1), HasSubstr("X-Registry-Auth: c2VjcmV0\r\n"));
}

TEST_F(GateTest, RefusesWhatIsNotInTheListInDockersWords) {
  RunningGate gate(options());
  const RawAnswer create = RawHttpClient(gate.socket()).ask("POST", "/v1.41/containers/create");
  EXPECT_EQ(create.status, 403);
  EXPECT_THAT(create.body, StartsWith("{\"message\":\"caretaker-docker-gate: not in the list"));
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("DELETE", "/v1.41/images/a?noprune=1&force=1").status, 403);
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping", "Content-Length: 3\r\n").status, 400);
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping", "Upgrade: tcp\r\n").status, 400);
  RawHttpClient pipelined(gate.socket());
  pipelined.send("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\nDELETE /volumes/a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(pipelined.read_answer().status, 400);
  gate.stop();
  EXPECT_TRUE(engine_.requests().empty());
  EXPECT_EQ(engine_.connections(), 0U);
  EXPECT_THAT(audit_.take(),
              AllOf(HasSubstr("POST /v1.41/containers/create of uid"), HasSubstr("(engine_request_refused)"),
                    HasSubstr("GET /_ping of uid"), HasSubstr("bytes behind the request")));
}

TEST_F(GateTest, EndsARequestWhoseClientSendsAnother) {
  engine_.answer_and_hang("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  RunningGate gate(options());
  RawHttpClient client(gate.socket());
  client.send_request("GET", "/v1.41/events");
  EXPECT_EQ(client.read_head().status, 200);
  client.send("DELETE /volumes/a HTTP/1.1\r\n");
  EXPECT_EQ(client.read_rest(), "");
  EXPECT_TRUE(eventually([&] { return gate.connections() == 0; }));
  gate.stop();
  EXPECT_EQ(engine_.requests().size(), 1U);
  EXPECT_THAT(audit_.take(), HasSubstr("bytes behind the request"));
}

TEST_F(GateTest, SaysWhyTheEngineCannotBeReachedAndTellsItOnce) {
  GateOptions options = this->options();
  options.engine = "/nowhere/engine.sock";
  RunningGate gate(options);
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer = RawHttpClient(gate.socket()).ask("GET", "/_ping");
    EXPECT_EQ(answer.status, 502);
    EXPECT_THAT(answer.body, HasSubstr("the engine's socket /nowhere/engine.sock: No such file"));
  }
  gate.stop();
  const std::string told = audit_.take();
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
  EXPECT_THAT(told, HasSubstr("(engine_unreachable)"));
}

TEST_F(GateTest, TellsWhenTheEngineIsBack) {
  TempDir dir;
  GateOptions options = this->options();
  options.engine = dir.path("late.sock");
  RunningGate gate(options);
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping").status, 502);
  {
    const UniqueFd nobody = listen_at(options.engine);
  }
  const RawAnswer refused = RawHttpClient(gate.socket()).ask("GET", "/_ping");
  EXPECT_EQ(refused.status, 502);
  EXPECT_THAT(refused.body, HasSubstr("Connection refused"));
  ASSERT_EQ(::unlink(options.engine.c_str()), 0);
  ASSERT_EQ(::symlink(engine_.socket().c_str(), options.engine.c_str()), 0) << "as /var/run is one";
  engine_.answer(http_answer("OK"));
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping").status, 200);
  gate.stop();
  EXPECT_THAT(audit_.take(), AllOf(HasSubstr("No such file"), HasSubstr("Connection refused"),
                                   HasSubstr("takes connections again (engine_reached)")));
}

TEST_F(GateTest, SaysThatTheEnginesQueueIsFull) {
  TempDir dir;
  GateOptions options = this->options();
  options.engine = dir.path("full.sock");
  const UniqueFd engine = listen_at(options.engine, 0);
  const RawHttpClient waiting(options.engine);
  RunningGate gate(options);
  const RawAnswer answer = RawHttpClient(gate.socket()).ask("GET", "/_ping");
  EXPECT_EQ(answer.status, 502);
  EXPECT_THAT(answer.body, HasSubstr("its queue is full"));
}

TEST_F(GateTest, SaysWhenTheEngineEndsWithoutAnAnswer) {
  engine_.answer("");
  engine_.answer("");
  engine_.answer("not HTTP at all");
  RunningGate gate(options());
  const RawAnswer answer = RawHttpClient(gate.socket()).ask("GET", "/_ping");
  EXPECT_EQ(answer.status, 502);
  EXPECT_THAT(answer.body, HasSubstr("the engine closed the connection without an answer"));
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("DELETE", "/volumes/a").status, 502);
  RawHttpClient odd(gate.socket());
  odd.send_request("DELETE", "/volumes/b");
  EXPECT_EQ(odd.read_rest(), "not HTTP at all") << "that is for the client to judge";
  gate.stop();
  EXPECT_THAT(
      audit_.take(),
      AllOf(HasSubstr("/volumes/a of uid"), HasSubstr("without an answer (engine_change_answered)"),
            HasSubstr("/volumes/b of uid"), HasSubstr("answer is not HTTP (engine_change_answered)")));
}

TEST_F(GateTest, CutsTheClientWhereTheEngineCut) {
  engine_.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  RunningGate gate(options());
  const RawAnswer answer = RawHttpClient(gate.socket()).ask("GET", "/v1.41/images/json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "half");
  EXPECT_FALSE(answer.whole);
}

TEST_F(GateTest, ForgetsARequestWhoseClientLeaves) {
  engine_.answer_and_hang("");
  RunningGate gate(options());
  {
    RawHttpClient client(gate.socket());
    client.send_request("DELETE", "/volumes/a");
    ASSERT_TRUE(eventually([&] { return engine_.requests().size() == 1; }));
    EXPECT_EQ(gate.connections(), 1U);
  }
  EXPECT_TRUE(eventually([&] { return gate.connections() == 0; }));
  {
    RawHttpClient silent(gate.socket());
  }
  EXPECT_TRUE(eventually([&] { return gate.connections() == 0; }));
  gate.stop();
  EXPECT_THAT(audit_.take(), HasSubstr("the client left before the answer (engine_change_answered)"));
}

TEST_F(GateTest, TellsOfChangesThatItsEndLeavesOpen) {
  engine_.answer_and_hang("");
  RunningGate gate(options());
  RawHttpClient client(gate.socket());
  client.send_request("DELETE", "/volumes/a");
  ASSERT_TRUE(eventually([&] { return engine_.requests().size() == 1; }));
  gate.stop();
  EXPECT_EQ(client.read_rest(), "");
  EXPECT_THAT(audit_.take(), HasSubstr("the gate was stopped (engine_change_answered)"));
}

TEST_F(GateTest, EndsByItselfWhenNobodyIsThere) {
  engine_.answer(http_answer("OK"));
  GateOptions options = this->options();
  options.idle_time = std::chrono::milliseconds(300);
  RunningGate gate(options);
  RawHttpClient held(gate.socket());
  ASSERT_TRUE(eventually([&] { return gate.connections() == 1; }));
  EXPECT_EQ(held.ask("GET", "/_ping").status, 200);
  gate.wait();
  EXPECT_EQ(audit_.take(), "");
}

}  // namespace
}  // namespace caretaker
