// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "support/fake_engine_fixture.h"

// Every way in which an answer goes wrong.
namespace caretaker {
namespace {

using nlohmann::json;
using testing::StartsWith;
using Kind = FakeFault::Kind;

TEST(FakeEngineFaults, ComeAsOftenAsWantedToWhatFits) {
  AskedEngine docker;
  docker.engine.add_fault(
      {.method = "GET", .path_prefix = "/images/", .times = 2, .status = 503, .body = "{}"});
  EXPECT_EQ(docker.ask("GET", "/v1.44/containers/json").status, 200);
  EXPECT_EQ(docker.ask("DELETE", "/images/none").status, 404);
  EXPECT_EQ(docker.ask("GET", "/v1.44/images/json").status, 503);
  EXPECT_EQ(docker.ask("GET", "/images%2Fjson").status, 503) << "decoded";
  EXPECT_EQ(docker.ask("GET", "/images/json").status, 200);
  docker.engine.add_fault({.times = 100, .status = 500});
  EXPECT_EQ(docker.ask("GET", "/_ping").status, 500);
  docker.engine.clear_faults();
  EXPECT_EQ(docker.ask("GET", "/_ping").status, 200);
  EXPECT_EQ(docker.engine.take_requests().size(), 7U);
}

TEST(FakeEngineFaults, StatusDoesNothing) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"app:1"}));
  int calls = 0;
  docker.engine.on_delete([&](const FakeRequest&) { ++calls; });
  docker.engine.add_fault({.status = 409, .body = R"({"message":"a prune operation is already running"})"});
  EXPECT_EQ(docker.remove("/images/app:1"), "409 a prune operation is already running");
  EXPECT_EQ(docker.engine.images().size(), 1U);
  EXPECT_EQ(calls, 0);
}

TEST(FakeEngineFaults, StatusAfterWorkDoesWhatWasAsked) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"app:1"}));
  docker.engine.publish("new:1", fake_image(2, {}));
  docker.engine.add_fault({.times = 2, .kind = Kind::status_after_work, .status = 500});
  EXPECT_THAT(docker.remove("/images/app:1"), StartsWith("500"));
  EXPECT_TRUE(docker.engine.images().empty());
  EXPECT_EQ(docker.ask("POST", "/images/create?fromImage=new&tag=1").status, 500);
  EXPECT_EQ(docker.engine.images().size(), 1U);
}

TEST(FakeEngineFaults, HangNeverAnswers) {
  AskedEngine docker;
  docker.engine.add_fault({.kind = Kind::hang});
  docker.client.send_request("GET", "/_ping");
  EXPECT_TRUE(eventually([&] { return !docker.engine.take_requests().empty(); }));
  docker.client.set_patience_s(0, 200'000);
  EXPECT_EQ(docker.client.read_answer().status, 0);
  EXPECT_EQ(RawHttpClient(docker.engine.socket()).ask("GET", "/_ping").status, 200) << "others are served";
}

TEST(FakeEngineFaults, CloseEndsTheConnectionWithoutAnAnswer) {
  AskedEngine docker;
  docker.engine.add_fault({.kind = Kind::close});
  docker.client.send_request("GET", "/_ping");
  EXPECT_EQ(docker.client.read_rest(), "");
}

TEST(FakeEngineFaults, CutEndsTheAnswerEarlyAlsoInChunks) {
  AskedEngine docker;
  docker.engine.add_fault({.path_prefix = "/version", .kind = Kind::cut, .bytes = 10});
  const RawAnswer with_length = docker.ask("GET", "/version");
  EXPECT_EQ(with_length.status, 200);
  EXPECT_FALSE(with_length.whole);
  EXPECT_EQ(with_length.body.size(), 10U);

  for (int i = 0; i < 200; ++i) docker.engine.put(fake_image(i, {"app:" + std::to_string(i)}));
  docker.engine.add_fault({.path_prefix = "/images", .kind = Kind::cut, .bytes = 20'000});
  const RawAnswer chunked = RawHttpClient(docker.engine.socket()).ask("GET", "/images/json");
  EXPECT_EQ(chunked.headers.at("transfer-encoding"), "chunked");
  EXPECT_FALSE(chunked.whole);
  EXPECT_EQ(chunked.body.size(), 20'000U);
}

TEST(FakeEngineFaults, CutWorksForStreamsAndForNothing) {
  AskedEngine docker;
  docker.engine.publish("app:1", fake_image(1, {}));
  docker.engine.add_fault({.path_prefix = "/images/create", .kind = Kind::cut, .bytes = 50});
  const RawAnswer pull = docker.ask("POST", "/images/create?fromImage=app&tag=1");
  EXPECT_EQ(pull.body.size(), 50U);
  EXPECT_FALSE(pull.whole);
  EXPECT_TRUE(docker.engine.images().empty()) << "a pull ends with its connection";
  docker.engine.add_fault({.kind = Kind::cut, .bytes = 0});
  const RawAnswer nothing = RawHttpClient(docker.engine.socket()).ask("GET", "/version");
  EXPECT_EQ(nothing.status, 200);
  EXPECT_EQ(nothing.body, "");
  EXPECT_FALSE(nothing.whole);
}

TEST(FakeEngineFaults, DripSendsByteByByte) {
  AskedEngine docker;
  docker.engine.add_fault({.kind = Kind::drip, .pause = std::chrono::milliseconds(20)});
  const auto begin = std::chrono::steady_clock::now();
  const RawAnswer answer = docker.ask("GET", "/images/json");  // "[]\n"
  EXPECT_EQ(answer.body, "[]\n");
  EXPECT_TRUE(answer.whole);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
  docker.engine.fail_pull("app:1", "no");
  docker.engine.add_fault({.kind = Kind::drip, .pause = std::chrono::milliseconds(1)});
  EXPECT_TRUE(docker.ask("POST", "/images/create?fromImage=app&tag=1").whole) << "in chunks of one byte";
}

TEST(FakeEngineFaults, GarbageIsNotHttp) {
  AskedEngine docker;
  docker.engine.add_fault({.kind = Kind::garbage, .body = "SSH-2.0-OpenSSH_9.2\r\n"});
  docker.client.send_request("GET", "/_ping");
  EXPECT_EQ(docker.client.read_rest(), "SSH-2.0-OpenSSH_9.2\r\n");
}

TEST(FakeEngineFaults, BodyIsAnyBody) {
  AskedEngine docker;
  docker.engine.add_fault({.kind = Kind::body, .body = "[{\"Id\":1}"});
  const RawAnswer answer = docker.ask("GET", "/images/json");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_FALSE(json::accept(answer.body));
  EXPECT_EQ(docker.ask("GET", "/images/json").body, "[]\n");
}

TEST(FakeEngineFaults, WhatIsNotHttpEndsTheConnection) {
  FakeEngine engine;
  for (const char* text : {"\r\n\r\n", "GET\r\n\r\n", "GET images HTTP/1.1\r\n\r\n", "\x16\x03\x01\r\n\r\n",
                           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    RawHttpClient client(engine.socket());
    client.send(text);
    EXPECT_EQ(client.read_rest(), "") << text;
  }
  EXPECT_TRUE(engine.take_requests().empty());
}

}  // namespace
}  // namespace caretaker
