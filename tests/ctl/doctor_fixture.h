// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ctl/doctor.h"
#include "ctl/fake_daemon.h"
#include "support/temp_dir.h"

namespace caretaker::ctl {

// A machine that is as the test says; all is well at first.
class FakeMachine final : public Machine {
 public:
  FakeMachine() {
    unit_facts["caretaker.service"] = {.load_state = "loaded",
                                       .active_state = "active",
                                       .sub_state = "running",
                                       .unit_file_state = "enabled",
                                       .result = "success",
                                       .user = "caretaker"};
  }
  [[nodiscard]] bool is_root() const override { return root; }
  [[nodiscard]] std::optional<Account> find_account(const std::string& name) override {
    if (!accounts.contains(name)) return std::nullopt;
    return Account{.name = name, .uid = 990, .gid = 990, .groups = {}};
  }
  [[nodiscard]] std::optional<gid_t> find_group(const std::string& name) override {
    return groups.contains(name) ? std::optional<gid_t>(990) : std::nullopt;
  }
  [[nodiscard]] bool may_act_as(const Account&) const override { return root; }
  // Root may do everything, so what the account may not do is said by `refused`.
  [[nodiscard]] Result<> act_as(const Account&, const std::function<Result<>()>& action) override {
    if (refused != 0) return fail_errno(refused, "there");
    return action();
  }
  [[nodiscard]] Result<UnitFacts> unit(const std::string& name) override {
    if (no_bus) return fail_errno(ENOENT, "no system bus");
    const auto found = unit_facts.find(name);
    return found == unit_facts.end() ? UnitFacts{.load_state = "not-found"} : found->second;
  }
  [[nodiscard]] Result<ClockFacts> clock() override { return clock_facts; }
  [[nodiscard]] Result<FilesystemSpace> space(const std::string&) override { return room; }
  [[nodiscard]] MysqlDiagnosis diagnose_mysql(const MysqlConfig&, const Secret& password) override {
    ++diagnoses;
    password_seen = password.reveal();
    return mysql;
  }

  UnitFacts& service() { return unit_facts["caretaker.service"]; }

  bool root = true;
  bool no_bus = false;
  int refused = 0;
  std::set<std::string> accounts = {"caretaker"};
  std::set<std::string> groups = {"caretaker"};
  std::map<std::string, UnitFacts> unit_facts;
  Result<ClockFacts> clock_facts = ClockFacts{.synchronised = true, .error_max_us = 31'250};
  Result<FilesystemSpace> room = FilesystemSpace{.size_bytes = 1U << 30,
                                                 .free_bytes = 1U << 29,
                                                 .avail_bytes = 1U << 29,
                                                 .files = 100,
                                                 .files_free = 50};
  MysqlDiagnosis mysql;
  std::string password_seen;
  int diagnoses = 0;
};

// One check on files of the test's own, a fake machine and a fake daemon.
class DoctorTest : public testing::Test {
 protected:
  static constexpr std::int64_t now_ms = 1'763'702'200'000;  // 2025-11-21 05:16:40 UTC

  DoctorTest() {
    ::setenv("TZ", "UTC", 1);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    machine.paths = {.procfs = dir.path("proc"), .sysfs = dir.path("sys"), .rootfs = dir.path("root")};
    configure("");
  }
  ~DoctorTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

  // The configuration, whose store is in the test's folder.
  void configure(const std::string& text) {
    dir.write("config.ini", "[store]\npath = " + dir.path("metrics.db") + "\nsize_max = 16M\n" + text);
  }
  void without_daemon() { control_socket = dir.path("nobody.sock"); }

  [[nodiscard]] std::string config_file() const { return dir.path("config.ini"); }

  Findings look(Findings (*check)(Patient&)) {
    Patient patient({.config_file = config_file(),
                     .socket = control_socket.empty() ? daemon.socket() : control_socket,
                     .collector_names = collector_names,
                     .now_ms = now_ms},
                    machine);
    Findings findings = check(patient);
    EXPECT_FALSE(findings.empty());
    for (const Finding& finding : findings) {
      EXPECT_NE(finding.found, "");
      const bool bad = finding.verdict == Verdict::warning || finding.verdict == Verdict::error;
      EXPECT_FALSE(bad && finding.fix.empty()) << finding.found << " has no fix";
    }
    return findings;
  }
  // "result: found -> fix", one per line.
  std::string text(Findings (*check)(Patient&)) {
    std::string all;
    for (const Finding& finding : look(check)) {
      all += std::string(to_string(finding.verdict)) + ": " + finding.found +
             (finding.fix.empty() ? "" : " -> " + finding.fix) + "\n";
    }
    return all;
  }

  static constexpr std::array<std::string_view, 2> collector_names = {"cpu", "disk"};
  TempDir dir;
  FakeMachine machine;
  FakeDaemon daemon;
  std::string control_socket;  // empty: the fake daemon's
};

}  // namespace caretaker::ctl
