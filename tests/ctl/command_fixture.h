// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/command_line.h"
#include "ctl/fake_daemon.h"

namespace caretaker::ctl {

// A service manager that writes down what it is asked for.
class FakeManager final : public ServiceManager {
 public:
  [[nodiscard]] Result<UnitCondition> condition(const std::string& unit) override {
    return conditions.contains(unit) ? conditions.at(unit) : UnitCondition{};
  }
  [[nodiscard]] Result<> reload() override { return note("daemon-reload"); }
  [[nodiscard]] Result<> enable(const std::string& unit) override { return note("enable " + unit); }
  [[nodiscard]] Result<> apply(UnitAction action, const std::string& unit,
                               std::chrono::milliseconds) override {
    constexpr std::array<std::string_view, 3> verbs = {"start ", "stop ", "restart "};
    return note(std::string(verbs.at(static_cast<std::size_t>(action))) + unit);
  }

  std::map<std::string, UnitCondition> conditions;
  std::vector<std::string> calls;
  std::string failing;  // the call that fails
  int error_code = EIO;

 private:
  Result<> note(std::string call) {
    calls.push_back(std::move(call));
    if (calls.back() == failing) return fail_errno(error_code, failing);
    return {};
  }
};

// Somebody with answers ready, or nobody.
class FakeTerminal final : public Terminal {
 public:
  [[nodiscard]] bool is_there() override { return there; }
  [[nodiscard]] bool confirm(const std::string& question) override {
    questions.push_back(question);
    return says_yes;
  }
  [[nodiscard]] Result<Secret> ask_secret(const std::string& prompt) override {
    questions.push_back(prompt);
    return next();
  }
  [[nodiscard]] Result<Secret> read_secret() override { return next(); }

  bool there = false;
  bool says_yes = false;
  std::vector<std::string> secrets;  // typed one after the other
  std::vector<std::string> questions;

 private:
  Result<Secret> next() {
    if (secrets.empty()) return fail("standard input ended before a line came");
    Secret secret(secrets.front());
    secrets.erase(secrets.begin());
    return secret;
  }
};

// How a command ended and what it printed.
struct Ended {
  ExitCode exit;
  std::string out;
  std::string error;
};

// Runs commands inside the test against a fake daemon, at a fixed time, in UTC.
class CommandTest : public testing::Test {
 protected:
  static constexpr std::int64_t now_ms = 1'763'702'200'000;  // 2025-11-21 05:16:40 UTC

  CommandTest() {
    ::setenv("TZ", "UTC", 1);
    ::unsetenv("CARETAKER_SOCKET");
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }

  // With --socket in front.
  Ended run(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"--socket", daemon.socket()};
    all.insert(all.end(), words.begin(), words.end());
    return run_plain(all);
  }

  Ended run_plain(const std::vector<std::string>& words) {
    std::vector<const char*> argv = {"caretakerctl"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream error;
    const Console console{.out = out, .error = error, .colours = colours, .utf8 = utf8, .width = width};
    const ExitCode exit = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                           {.console = console,
                                            .config_file = installed_config,
                                            .manager = manager,
                                            .terminal = terminal,
                                            .place = place,
                                            .collector_names = collector_names,
                                            .now_ms = now_ms});
    return {.exit = exit, .out = out.str(), .error = error.str()};
  }

  static constexpr std::array<std::string_view, 2> collector_names = {"cpu", "disk"};
  FakeDaemon daemon;
  std::string installed_config = "/nonexistent/config.ini";
  FakeManager manager;
  FakeTerminal terminal;
  SetupPlace place{.root = "/nonexistent"};
  bool colours = false;
  bool utf8 = true;
  std::size_t width = 0;
};

}  // namespace caretaker::ctl
