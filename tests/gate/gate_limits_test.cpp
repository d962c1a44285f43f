// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <list>
#include <string>

#include "docker/scripted_engine.h"
#include "gate/gate_fixture.h"
#include "support/eventually.h"
#include "support/raw_http_client.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class GateLimits : public testing::Test {
 protected:
  GateLimits() {
    options_.engine = engine_.socket();
    options_.idle_time = milliseconds(0);
  }

  CapturedAudit audit_;
  ScriptedEngine engine_;
  GateOptions options_;
};

TEST_F(GateLimits, AHeadMustComeInTime) {
  options_.times.head = milliseconds(200);
  RunningGate gate(options_);
  RawHttpClient silent(gate.socket());
  RawHttpClient slow(gate.socket());
  slow.send("GET /_ping HTTP/1.1\r\nHo");
  for (RawHttpClient* const client : {&silent, &slow}) {
    const RawAnswer answer = client->read_answer();
    EXPECT_EQ(answer.status, 408);
    EXPECT_THAT(answer.body, HasSubstr("did not come within 200ms"));
  }
  EXPECT_TRUE(eventually([&] { return gate.connections() == 0; }));
}

TEST_F(GateLimits, AnAnswerMayTakeAsLongAsItLikes) {
  options_.times = {.head = milliseconds(100), .unread = milliseconds(100)};
  engine_.drip("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", milliseconds(15));
  RunningGate gate(options_);
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/v1.41/events").body, "hello");
}

TEST_F(GateLimits, AnAnswerThatNobodyReadsIsHeldBackAndThenDropped) {
  options_.times.unread = milliseconds(400);
  const std::size_t size = 16U << 20;
  engine_.answer(http_answer(std::string(size, 'x')));
  RunningGate gate(options_);
  RawHttpClient client(gate.socket());
  client.send_request("GET", "/v1.41/images/json");
  ASSERT_TRUE(eventually([&] { return gate.connections() == 1; }));
  EXPECT_TRUE(eventually([&] { return gate.connections() == 0; }));
  EXPECT_LT(client.read_rest().size(), 4U << 20) << "sockets hold some of it, the gate 64 KiB";
}

TEST_F(GateLimits, ALargeAnswerReachesAReaderWhole) {
  const std::size_t size = 32U << 20;
  engine_.answer(http_answer(std::string(size, 'x')));
  RunningGate gate(options_);
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/v1.41/images/json").body.size(), size);
}

TEST_F(GateLimits, MoreThanSoManyRequestsAtOnceAreRefusedForNow) {
  options_.relays = 2;
  RunningGate gate(options_);
  // The engine's test double takes one connection after the other: all of them hang.
  engine_.answer_and_hang("HTTP/1.1 200 OK\r\n\r\n");
  engine_.answer_and_hang("HTTP/1.1 200 OK\r\n\r\n");
  std::list<RawHttpClient> held;
  for (std::size_t i = 0; i < options_.relays; ++i) {
    held.emplace_back(gate.socket()).send_request("GET", "/v1.41/events");
    EXPECT_EQ(held.back().read_head().status, 200);
  }
  const RawAnswer answer = RawHttpClient(gate.socket()).ask("GET", "/_ping");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("2 requests are under way"));
  held.pop_front();
  engine_.answer(http_answer("OK"));
  EXPECT_TRUE(eventually([&] { return gate.connections() == 1; }));
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping").status, 200);
}

TEST_F(GateLimits, MoreThanSoManyConnectionsWaitInTheQueue) {
  options_.connections = 2;
  RunningGate gate(options_);
  std::list<RawHttpClient> silent;
  silent.emplace_back(gate.socket());
  silent.emplace_back(gate.socket());
  ASSERT_TRUE(eventually([&] { return gate.connections() == 2; }));
  engine_.answer(http_answer("OK"));
  RawHttpClient waiting(gate.socket());
  waiting.send_request("GET", "/_ping");
  waiting.set_patience_s(0, 200'000);
  EXPECT_EQ(waiting.read_answer().status, 0);
  EXPECT_EQ(gate.connections(), 2U);
  silent.pop_front();
  waiting.set_patience_s(40);
  EXPECT_EQ(waiting.read_answer().status, 200);
}

TEST_F(GateLimits, ChangesAndQuestionsHaveRatesOfTheirOwn) {
  options_.changes = {.burst = 2, .per_second = 0.001};
  options_.reads = {.burst = 3, .per_second = 0.001};
  RunningGate gate(options_);
  const auto ask = [&](const char* method, const char* target) {
    engine_.answer(http_answer(""));
    return RawHttpClient(gate.socket()).ask(method, target);
  };
  EXPECT_EQ(ask("DELETE", "/volumes/a").status, 200);
  EXPECT_EQ(ask("DELETE", "/volumes/b").status, 200);
  const RawAnswer held = ask("DELETE", "/volumes/c");
  EXPECT_EQ(held.status, 429);
  EXPECT_EQ(held.headers.at("retry-after"), "1000");
  EXPECT_THAT(held.body, HasSubstr("more changes than 2 at once and 0.001 per second"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", "/_ping").status, 200) << i;
  EXPECT_EQ(ask("GET", "/_ping").status, 429);
  gate.stop();
  EXPECT_EQ(engine_.requests().size(), 5U);
  EXPECT_THAT(audit_.take(), HasSubstr("DELETE /volumes/c"));
}

TEST_F(GateLimits, ARefusedClientIsToldEvenWhenItHasSentMoreThanIsRead) {
  RunningGate gate(options_);
  RawHttpClient client(gate.socket());
  client.send("POST /build HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(60'000, 'x'));
  EXPECT_EQ(client.read_answer().status, 403);
}

}  // namespace
}  // namespace caretaker
