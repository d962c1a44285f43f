// SPDX-License-Identifier: MIT
#include "ctl/canned.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using JobsCommand = CommandTest;
using RunCommand = CommandTest;

TEST_F(JobsCommand, PrintsATable) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  const Ended ended = run({"jobs"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, R"(JOB        STATE    LAST RUN    TOOK  NEXT RUN   RUNS FAILED MISSED LAST ERROR
cpu        idle   500 ms ago 2.12 ms in 500 ms 12,345      0      0
filesystem stuck   2m 3s ago    9 ms         -     10      0    113
backup     failed  1d 1h ago   2m 5s in 23h 0m      3      1      0 exit status 2: no space
mysql      paused      never       -         -      0      0      0
)");
}

TEST_F(JobsCommand, PrintsOnlyTheNamesForCompletion) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  EXPECT_EQ(run({"jobs", "--names"}).out, "cpu\nfilesystem\nbackup\nmysql\n");
}

TEST_F(JobsCommand, ColoursTheStates) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  colours = true;
  const std::string out = run({"jobs"}).out;
  EXPECT_NE(out.find("\033[31mstuck"), std::string::npos) << out;
  EXPECT_NE(out.find("\033[33mpaused"), std::string::npos) << out;
}

TEST_F(JobsCommand, SaysSoWhenThereAreNone) {
  daemon.answer("GET /v1/jobs", 200, R"({"jobs":[]})");
  EXPECT_EQ(run({"jobs"}).out, "no jobs\n");
}

std::string run_answer(std::string_view outcome, std::string_view rest) {
  return R"({"job":"cpu","outcome":")" + std::string(outcome) + R"(","duration_ms":1250.75)" +
         std::string(rest) + "}";
}

TEST_F(RunCommand, WaitsAsLongAsTheJobMayTake) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  daemon.answer("POST /v1/jobs/cpu/run", 200, run_answer("ok", R"(,"message":"")"));
  const Ended ended = run({"run", "cpu"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "cpu: ok in 1.2 s\n");
  EXPECT_EQ(daemon.requests(), (std::vector<std::string>{"GET /v1/jobs", "POST /v1/jobs/cpu/run"}));
}

TEST_F(RunCommand, DoesNotAskForTheJobsWithATimeout) {
  daemon.answer("POST /v1/jobs/cpu/run", 200, run_answer("no_data", ""));
  const Ended ended = run({"run", "cpu", "--timeout", "5s"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "cpu: no data in 1.2 s\n");
  EXPECT_EQ(daemon.requests().size(), 1U);
}

TEST_F(RunCommand, FailsWithTheJob) {
  daemon.answer("POST /v1/jobs/cpu/run", 200,
                run_answer("failed", R"(,"message":"no\nspace","exit_status":2)"));
  const Ended ended = run({"run", "cpu", "--timeout", "5s"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.out, "cpu: failed in 1.2 s, exit status 2: no\\u000aspace\n");
}

TEST_F(RunCommand, EndsWhenTheDaemonDoesNotAnswerInTime) {
  daemon.never_answer("POST /v1/jobs/cpu/run");
  const Ended ended = run({"run", "cpu", "--timeout", "50ms"});
  EXPECT_EQ(ended.exit, ExitCode::timeout);
  EXPECT_EQ(ended.error, "caretakerctl: the daemon at " + daemon.socket() +
                             " gave no answer within 50ms; wait longer with --timeout\n");
}

TEST_F(RunCommand, LeavesAnUnknownJobToTheDaemonToRefuse) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  daemon.answer(
      "POST /v1/jobs/..%2Fcpuu%20x/run", 404,
      R"({"error":{"code":"not_found","message":"no job '../cpuu x'","hint":"did you mean 'cpu'?"}})");
  const Ended ended = run({"run", "../cpuu x"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error, "caretakerctl: no job '../cpuu x'; did you mean 'cpu'?\n");
}

TEST_F(RunCommand, SendsAJobNamedLikeAParentFolderAsItIs) {
  EXPECT_EQ(run({"run", "..", "--timeout", "5s"}).exit, ExitCode::failed);
  EXPECT_EQ(daemon.requests(), (std::vector<std::string>{"POST /v1/jobs/../run"}));
}

}  // namespace
}  // namespace caretaker::ctl
