// SPDX-License-Identifier: MIT
#include "ctl/canned.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using StatusCommand = CommandTest;

TEST_F(StatusCommand, FitsOnOneScreen) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  const Ended ended = run({"status"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.out, R"(caretaker 0.1.0 on web1: all is well

  cpu       12.3 %
  memory    43.1 %
  disk /    71.0 %
  network   1.2 MiB/s sent, 3.4 MiB/s received
  measured  3 s ago

  running   for 3d 4h, pid 4242, every 10 s
  config    /etc/caretaker/config.ini
  jobs      9: 1 running, 8 idle
  store     /var/lib/caretaker/metrics.db, 123 MiB
  samples   1,234,567 collected = 1,234,000 delivered + 567 pending + 0 expired + 0 dropped
  mysql     connected, MariaDB 10.11.19 at db1:3306, 1,234,000 rows, 2.1 s behind
)");
}

TEST_F(StatusCommand, TellsAFailedDeliveryOnce) {
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  daemon.answer("GET /v1/jobs", 200, R"({"jobs":[{"name":"mysql","kind":"mysql","state":"failed","runs":1,
      "failures":1,"missed":0,"last_error":"Access denied for user 'x'; check password"}]})");
  const std::string out = run({"status"}).out;
  EXPECT_EQ(out.find("job mysql failed"), std::string::npos) << out;
  EXPECT_NE(out.find("! MySQL is not connected: Access denied"), std::string::npos) << out;
}

TEST_F(StatusCommand, SaysFirstWhatIsWrongAndNamesTheJobs) {
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  const Ended ended = run({"status"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, R"(caretaker 0.1.0 on web1: 5 problems
  ! the local store cannot be written: disk I/O error: No space left on device (1,500 samples wait in memory)
  ! the last measurement is 1m 40s old
  ! job filesystem is stuck, last finished 2m 3s ago
  ! job backup failed: exit status 2: no space
  ! MySQL is not connected: Access denied for user 'x'; check password

  cpu       -
  memory    43.1 %
  disk /    100.0 %
  network   - sent, - received
  measured  1m 40s ago

  running   for 1m 3s, pid 4242, every 1 s
  config    built in
  jobs      4: 1 stuck, 1 failed, 1 paused, 1 idle
  store     /data/metrics.db, 2 GiB
  samples   1,000 collected = 400 delivered + 500 pending + 0 expired + 100 dropped
  dropped   60 queue_full, 40 retention_age
  mysql     not connected, 0 rows
            system_monitor belongs to someone else; ours is caretaker_system_monitor
  note      config.ini is readable by everyone
)");
}

TEST_F(StatusCommand, TellsTheCountsWhereTheJobsCannotBeRead) {
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  daemon.answer("GET /v1/jobs", 500, R"({"error":{"code":"internal","message":"x","hint":""}})");
  const Ended ended = run({"status"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_NE(ended.out.find("! 1 job is stuck\n  ! 1 job is failed\n"), std::string::npos) << ended.out;
}

TEST_F(StatusCommand, PaintsProblemsRedWhereThereAreColours) {
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  colours = true;
  EXPECT_NE(run({"status"}).out.find("\033[31m5 problems\033[0m"), std::string::npos);
}

TEST_F(StatusCommand, NeedsNothingMoreOfMysqlThatIsOffAndOfADaemonWithoutMeasurement) {
  std::string status = canned::status_well;
  const std::size_t at = status.find(R"({"enabled":true)");
  status.replace(at, status.find('}', at) - at + 1, R"({"enabled":false})");
  status.replace(status.find("1763702197000"), 13, "0");
  daemon.answer("GET /v1/status", 200, status);
  const Ended ended = run({"status"});
  EXPECT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_NE(ended.out.find("  mysql     off\n"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("  measured  not yet\n"), std::string::npos) << ended.out;
}

TEST_F(StatusCommand, PrintsTheAnswerItselfWithJson) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status", "--json"}, std::vector<std::string>{"--json", "status"}}) {
    const Ended ended = run(words);
    EXPECT_EQ(ended.exit, ExitCode::ok);
    EXPECT_EQ(ended.out, std::string(canned::status_well) + "\n");
  }
}

TEST_F(StatusCommand, EscapesHostileTextInBothForms) {
  std::string hostile = canned::status_well;
  hostile.replace(hostile.find("web1"), 4, "\\u001b[2Jw\\nx\xC2\x9B");
  daemon.answer("GET /v1/status", 200, hostile);
  EXPECT_TRUE(
      run({"status"}).out.starts_with("caretaker 0.1.0 on \\u001b[2Jw\\u000ax\\u009b: all is well\n"));
  EXPECT_NE(run({"status", "--json"}).out.find(R"("host":"\u001b[2Jw\nx\u009b")"), std::string::npos);
}

}  // namespace
}  // namespace caretaker::ctl
