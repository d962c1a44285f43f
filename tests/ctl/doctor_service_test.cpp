// SPDX-License-Identifier: MIT
#include "ctl/canned.h"
#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class DoctorService : public DoctorTest {
 protected:
  void fails_with(const std::string& result, int status) {
    machine.service().active_state = "failed";
    machine.service().result = result;
    machine.service().exit_status = status;
  }
};

TEST_F(DoctorService, AUnitThatIsEnabledIsWell) {
  EXPECT_EQ(text(check_unit), "ok: installed, enabled\n");
}

TEST_F(DoctorService, EveryOtherStateOfTheUnitHasItsFix) {
  machine.service().unit_file_state = "disabled";
  machine.service().needs_reload = true;
  EXPECT_EQ(
      text(check_unit),
      "warning: its files changed since systemd read them -> systemctl daemon-reload && systemctl restart "
      "caretaker\nwarning: it is disabled: the next boot does not start it -> systemctl enable caretaker\n");
  machine.service().load_state = "masked";
  EXPECT_THAT(text(check_unit), StartsWith("error: caretaker.service is masked -> systemctl unmask"));
  machine.service().load_state = "bad-setting";
  EXPECT_THAT(text(check_unit), StartsWith("error: caretaker.service cannot be loaded: bad-setting"));
  machine.unit_facts.clear();
  EXPECT_THAT(text(check_unit), StartsWith("error: caretaker.service is not installed"));
  machine.no_bus = true;
  EXPECT_THAT(text(check_unit), StartsWith("skipped: systemd cannot be asked: no system bus"));
}

TEST_F(DoctorService, SaysHowLongItRunsAndHowOftenItWasStartedAgain) {
  machine.service().active_since_us = (now_ms - 3'600'000) * 1000;
  EXPECT_EQ(text(check_service), "ok: runs for 1h 0m\n");
  machine.service().restarts = 3;
  EXPECT_THAT(text(check_service),
              StartsWith("warning: runs for 1h 0m; systemd had to start it again 3 times -> "));
}

TEST_F(DoctorService, TellsTheStatesBetween) {
  machine.service().active_state = "inactive";
  EXPECT_EQ(text(check_service), "warning: it does not run -> systemctl start caretaker\n");
  machine.service().active_state = "activating";
  machine.service().sub_state = "start";
  EXPECT_THAT(text(check_service), StartsWith("note: it is activating (start)"));
  machine.service().sub_state = "auto-restart";
  machine.service().result = "exit-code";
  machine.service().exit_status = 217;
  EXPECT_THAT(
      text(check_service),
      AllOf(StartsWith("error: it fails and is started again and again: exit status 217: its user does not"),
            HasSubstr("systemd-sysusers")));
}

TEST_F(DoctorService, ExplainsTheLastFailure) {
  const std::pair<std::string, std::string> expected[] = {
      {"exit-code", "exit status 78: the configuration has mistakes -> caretakerctl check-config"},
      {"signal", "ended by signal 78"},
      {"core-dump", "ended by signal 78"},
      {"watchdog", "no sign of life"},
      {"timeout", "did not start or stop in time"},
      {"oom-kill", "for want of memory"},
      {"start-limit-hit", "failed too often in a short time -> mend the cause, then systemctl reset-failed"},
      {"resources", "it failed: resources -> journalctl"}};
  for (const auto& [result, words] : expected) {
    fails_with(result, 78);
    EXPECT_THAT(text(check_service), AllOf(StartsWith("error: it failed: "), HasSubstr(words))) << result;
  }
  fails_with("exit-code", 99);
  EXPECT_THAT(text(check_service), StartsWith("error: it failed: exit status 99 -> journalctl"));
}

TEST_F(DoctorService, DropInsMayNotNameWhatDoesNotExist) {
  EXPECT_EQ(text(check_drop_ins), "ok: none\n");
  dir.write("drop.conf", "[Service]\nSupplementaryGroups=docker\n");
  machine.service().drop_ins = {dir.path("drop.conf")};
  machine.service().groups = {"docker"};
  machine.service().credentials = {{"mysql-password", dir.path("gone")}, {"mysql-password", ""}};
  const std::string found = text(check_drop_ins);
  EXPECT_THAT(found,
              HasSubstr("error: " + dir.path("drop.conf") + ": there is no group docker, so the unit"));
  EXPECT_THAT(found,
              HasSubstr("error: the unit: the credential mysql-password is not at " + dir.path("gone")));
  machine.groups.insert("docker");
  dir.write("gone", "");
  EXPECT_EQ(text(check_drop_ins), "ok: " + dir.path("drop.conf") + ", nothing missing\n");
}

TEST_F(DoctorService, ADaemonThatAnswersIsWell) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  EXPECT_EQ(text(check_daemon),
            "ok: caretakerd 0.1.0 answers at " + daemon.socket() + ", pid 4242, up for 3d 4h\n");
}

TEST_F(DoctorService, ADaemonThatDoesNotRunIsNoErrorOfTheSocket) {
  without_daemon();
  machine.service().active_state = "inactive";
  EXPECT_EQ(text(check_daemon), "skipped: no daemon runs -> systemctl start caretaker\n");
  machine.service().active_state = "active";
  EXPECT_THAT(text(check_daemon),
              StartsWith("error: the service runs, but: no daemon is running (no socket at "));
}

TEST_F(DoctorService, AnAnswerThatMakesNoSenseIsAnError) {
  daemon.answer("GET /v1/status", 200, R"({"version":7})");
  EXPECT_THAT(text(check_daemon), StartsWith("error: the daemon's answer makes no sense"));
}

TEST_F(DoctorService, ADaemonThatHangsIsGivenUp) {
  daemon.never_answer("GET /v1/status");
  EXPECT_THAT(text(check_daemon), AllOf(StartsWith("error: "), HasSubstr("gave no answer within 3s")));
}

TEST_F(DoctorService, VersionsThatDifferAskForARestart) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  EXPECT_EQ(text(check_version), "ok: 0.1.0\n");
  std::string older = canned::status_well;
  older.replace(older.find("0.1.0"), 5, "0.0.9");
  daemon.answer("GET /v1/status", 200, older);
  EXPECT_EQ(text(check_version),
            "warning: the daemon is 0.0.9, this program is 0.1.0 -> systemctl restart caretaker\n");
}

}  // namespace
}  // namespace caretaker::ctl
