// SPDX-License-Identifier: MIT
// The built program, started as systemd starts it.
#include "support/gate_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

#include "base/parse.h"
#include "base/text.h"
#include "daemon/child_process.h"
#include "docker/scripted_engine.h"
#include "support/eventually.h"
#include "support/raw_http_client.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t resident_kib_max = 12U << 10;

std::uint64_t resident_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    std::string_view rest = line;
    if (take_word(rest) == "VmRSS:") return parse_number<std::uint64_t>(take_word(rest)).value_or(0);
  }
  return 0;
}

TEST(GateProcess, ServesStopsAndServesAgainOnTheSocketThatItIsPassed) {
  ScriptedEngine engine;
  GateProcess gate({"--engine", engine.socket()});
  engine.answer(http_answer("OK"));
  RawHttpClient early(gate.socket());
  early.send_request("GET", "/_ping");
  gate.start();
  EXPECT_EQ(early.read_answer().body, "OK") << "who came before it is served";
  engine.answer_and_hang("HTTP/1.1 200 OK\r\n\r\n");
  RawHttpClient stream(gate.socket());
  stream.send_request("GET", "/v1.41/events");
  EXPECT_EQ(stream.read_head().status, 200);
  EXPECT_EQ(gate.stop(), 0) << "a stream does not hold it up";
  EXPECT_EQ(stream.read_rest(), "");
  gate.start();
  engine.answer(http_answer("OK"));
  EXPECT_EQ(RawHttpClient(gate.socket()).ask("GET", "/_ping").status, 200);
}

TEST(GateProcess, EndsWithAnErrorWhenItCannotAcceptAnyMore) {
  ScriptedEngine engine;
  GateProcess gate({"--engine", engine.socket()});
  gate.start();
  gate.break_socket();
  EXPECT_EQ(gate.wait(), 1) << "systemd starts it again";
  EXPECT_THAT(gate.err(), HasSubstr("caretaker-docker-gate: the passed socket was shut"));
}

TEST(GateProcess, EndsWhenItIsIdle) {
  ScriptedEngine engine;
  GateProcess gate({"--engine", engine.socket(), "--idle-exit", "200ms"});
  gate.start();
  EXPECT_EQ(gate.wait(), 0);
  EXPECT_EQ(gate.err(), "");
}

TEST(GateProcess, IsSmallAlsoWhenItIsBusy) {
  ScriptedEngine engine;
  GateProcess gate({"--engine", engine.socket()});
  gate.start();
  for (int i = 0; i < 200; ++i) {
    engine.answer(http_answer(std::string(1U << 20, 'x')));
    ASSERT_EQ(RawHttpClient(gate.socket()).ask("GET", "/v1.41/images/json").body.size(), 1U << 20);
  }
  const std::uint64_t kib = resident_kib(gate.pid());
  std::cout << "resident: " << kib << " KiB\n";
  EXPECT_GT(kib, 0U);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(kib, resident_kib_max);
#endif
}

TEST(GateProcess, SaysHowItIsUsed) {
  const auto run = [](std::vector<std::string> options) {
    options.insert(options.begin(), CARETAKER_BINARY_DIR "/caretaker-docker-gate");
    const auto ended = run_child({.command = options, .timeout = patience}, {});
    if (!ended) throw std::runtime_error(ended.error().message);
    return std::pair(ended->exit_status, ended->standard_output + ended->standard_error);
  };
  EXPECT_THAT(run({"--help"}), testing::Pair(0, HasSubstr("--idle-exit DURATION [1m]")));
  EXPECT_THAT(run({"--version"}), testing::Pair(0, HasSubstr(".")));
  EXPECT_THAT(run({"--print-rules"}), testing::Pair(0, HasSubstr("| `DELETE /images/{}` `noprune=1!` |")));
  EXPECT_THAT(run({}), testing::Pair(78, HasSubstr("no socket was passed")));
  EXPECT_THAT(run({"--engine", "docker.sock"}), testing::Pair(78, HasSubstr("no absolute path")));
  EXPECT_THAT(run({"--idle-exit", "soon"}), testing::Pair(78, HasSubstr("--idle-exit: 'soon'")));
  EXPECT_THAT(run({"--force"}), testing::Pair(78, HasSubstr("--force")));
}

}  // namespace
}  // namespace caretaker
