// SPDX-License-Identifier: MIT
#include "daemon/command_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <stop_token>

namespace caretaker {
namespace {

using namespace std::chrono_literals;

class CommandJobTest : public testing::Test {
 protected:
  RunReport run(CommandJobConfig config) {
    CommandJob job("backup", std::move(config), on_run);
    return job.run({.time_ms = 5000}, {});
  }

  std::vector<JobRun> recorded;
  std::function<void(JobRun)> on_run = [this](JobRun run) { recorded.push_back(std::move(run)); };
};

TEST_F(CommandJobTest, RecordsAGoodRun) {
  const RunReport report = run({.command = {"echo", "hello"}});
  EXPECT_EQ(report.outcome, JobOutcome::ok);
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].time_ms, 5000);
  EXPECT_EQ(recorded[0].job, "backup");
  EXPECT_EQ(recorded[0].exit_status, 0);
  EXPECT_EQ(recorded[0].standard_output, "hello\n");
}

TEST_F(CommandJobTest, SaysHowABadRunEnded) {
  EXPECT_EQ(run({.command = {"sh", "-c", "echo one >&2; echo two >&2; exit 4"}}).message,
            "the command exited with status 4: two");
  EXPECT_EQ(run({.command = {"sh", "-c", "kill -9 $$"}}).message,
            "the command was ended by signal 9 (Killed)");
  EXPECT_EQ(run({.command = {"sleep", "60"}, .timeout = 100ms}).message,
            "the command took longer than its timeout of 100ms and was ended");
  EXPECT_EQ(recorded.size(), 3U);
}

TEST_F(CommandJobTest, DoesNotCallAStoppedRunAFailure) {
  std::stop_source stop;
  stop.request_stop();
  CommandJob job("backup", {.command = {"sleep", "60"}}, on_run);
  EXPECT_EQ(job.run({.time_ms = 5000}, stop.get_token()).outcome, JobOutcome::ok);
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].signal, SIGTERM);
}

TEST_F(CommandJobTest, RecordsACommandThatCannotStart) {
  EXPECT_EQ(run({.command = {"/nonexistent"}}).outcome, JobOutcome::failed);
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].exit_status, -1);
  EXPECT_EQ(recorded[0].standard_error, "run /nonexistent: No such file or directory");
}

}  // namespace
}  // namespace caretaker
