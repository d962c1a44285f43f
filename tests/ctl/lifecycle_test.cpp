// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "ctl/canned.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using LifecycleCommand = CommandTest;
using Requests = std::vector<std::string>;

constexpr const char* refused =
    R"({"error":{"code":"forbidden","message":"only root may do this","hint":"use sudo"}})";

TEST_F(LifecycleCommand, StopsTheNamedJobsInOrder) {
  daemon.answer("POST /v1/jobs/cpu/stop", 200, canned::cpu_job);
  daemon.answer("POST /v1/jobs/disk/stop", 200, canned::cpu_job);
  const Ended ended = run({"stop", "disk", "cpu"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "stopped cpu: paused\nstopped cpu: paused\n");
  EXPECT_EQ(daemon.requests(), (Requests{"POST /v1/jobs/disk/stop", "POST /v1/jobs/cpu/stop"}));
}

TEST_F(LifecycleCommand, PrintsOneJsonObjectForAllNamedJobs) {
  daemon.answer("POST /v1/jobs/cpu/restart", 200, R"({"job":{"name":"cpu","kind":"x","state":"idle","runs":1,
      "failures":0,"missed":0,"more":[1.5]}})");
  const std::string job =
      R"({"name":"cpu","kind":"x","state":"idle","runs":1,"failures":0,"missed":0,"more":[1.5]})";
  EXPECT_EQ(run({"restart", "cpu", "cpu", "--json"}).out, R"({"jobs":[)" + job + "," + job + "]}\n");
}

TEST_F(LifecycleCommand, AsksForDeliveriesToBeRepeated) {
  daemon.answer("POST /v1/mysql/redeliver?since_ms=1763695000000", 200, R"({"since_ms":1763695000000})");
  EXPECT_EQ(run({"mysql", "redeliver", "--since", "2h"}).out,
            "what was collected since 2025-11-21 03:16:40 is sent again with the next delivery; the event "
            "'redelivered' tells how much was missing\n");
  EXPECT_EQ(run({"mysql", "redeliver", "--since", "2h", "--json"}).out, "{\"since_ms\":1763695000000}\n");
  EXPECT_EQ(run({"mysql", "redeliver"}).exit, ExitCode::usage);
}

TEST_F(LifecycleCommand, EndsAtTheFirstRefusal) {
  daemon.answer("POST /v1/jobs/cpu/start", 403, refused);
  const Ended ended = run({"start", "cpu", "disk"});
  EXPECT_EQ(ended.exit, ExitCode::not_permitted);
  EXPECT_EQ(ended.error, "caretakerctl: only root may do this; use sudo\n");
  EXPECT_EQ(daemon.requests().size(), 1U);
}

TEST_F(LifecycleCommand, ActsOnAllJobsWithAll) {
  daemon.answer("POST /v1/jobs/start", 200, canned::jobs);
  const Ended ended = run({"start", "--all"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "cpu: idle\nfilesystem: stuck\nbackup: failed\nmysql: paused\n");
}

TEST_F(LifecycleCommand, FailsWhenAJobRefuses) {
  daemon.answer("POST /v1/jobs/restart", 200, R"({"jobs":[],"refused":["filesystem is stuck"]})");
  const Ended ended = run({"restart", "--all"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error, "filesystem is stuck\n");
}

TEST_F(LifecycleCommand, ActsOnTheUnitWhereItIsLoaded) {
  manager.conditions["caretaker.service"] = {.loaded = true};
  EXPECT_EQ(run_plain({"start"}).out, "started caretaker.service\n");
  EXPECT_EQ(run_plain({"stop"}).out, "stopped caretaker.service\n");
  EXPECT_EQ(run_plain({"restart", "--json"}).out,
            "{\"service\":\"caretaker.service\",\"action\":\"restart\"}\n");
  EXPECT_THAT(manager.calls, testing::ElementsAre("start caretaker.service", "stop caretaker.service",
                                                  "restart caretaker.service"));
}

TEST_F(LifecycleCommand, TellsApartWhyTheUnitDidNotDoIt) {
  manager.conditions["caretaker.service"] = {.loaded = true};
  manager.failing = "stop caretaker.service";
  manager.error_code = EACCES;
  EXPECT_EQ(run_plain({"stop"}).exit, ExitCode::not_permitted);
  manager.error_code = ETIMEDOUT;
  EXPECT_EQ(run_plain({"stop"}).exit, ExitCode::timeout);
  manager.failing = "start caretaker.service";
  manager.error_code = EIO;
  const Ended ended = run_plain({"start"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error,
            "caretakerctl: cannot start caretaker.service: start caretaker.service: Input/output error; see: "
            "journalctl -u "
            "caretaker\n");
}

TEST_F(LifecycleCommand, AsksTheDaemonAtAnotherSocketAndNotTheUnit) {
  manager.conditions["caretaker.service"] = {.loaded = true};
  daemon.answer("POST /v1/daemon/stop", 200, R"({"message":"stopping"})");
  const Ended ended = run({"stop"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "asked caretakerd to stop\n");
  EXPECT_TRUE(manager.calls.empty());
  EXPECT_EQ(run({"stop", "--json"}).out, "{\"message\":\"stopping\"}\n");
}

TEST_F(LifecycleCommand, StartsNothingWhereTheDaemonAlreadyRuns) {
  daemon.answer("GET /v1/version", 200, R"({"version":"0.1.0"})");
  EXPECT_EQ(run({"start"}).out, "caretakerd is already running\n");
}

TEST_F(LifecycleCommand, SaysHowToStartWithoutAUnit) {
  const Ended ended = run_plain({"start", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(ended.exit, ExitCode::no_daemon);
  EXPECT_EQ(ended.error,
            "caretakerctl: no daemon is running (no socket at /nonexistent/socket), and there is no "
            "caretaker.service "
            "to start; start it with: caretakerd\n");
}

}  // namespace
}  // namespace caretaker::ctl
