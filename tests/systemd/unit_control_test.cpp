// SPDX-License-Identifier: MIT
#include "systemd/unit_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "systemd/fake_systemd.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr auto patience = 30s;
const std::string unit = "caretaker.service";

Error error_of(UnitAction action, const FakeAnswers& answers, std::chrono::milliseconds timeout = patience) {
  const FakeSystemd systemd(answers);
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return control.error();
  const Result<> done = control->act(action, unit, timeout);
  return done ? Error{0, "no error"} : done.error();
}

TEST(UnitControl, StartsStopsAndRestartsOnOneConnectionAndWaitsForEachJob) {
  FakeSystemd systemd({});
  {
    Result<UnitControl> control = UnitControl::connect();
    ASSERT_TRUE(control) << control.error().message;
    for (const UnitAction action : {UnitAction::start, UnitAction::stop, UnitAction::restart}) {
      const Result<> done = control->act(action, unit, patience);
      EXPECT_TRUE(done) << done.error().message;
    }
  }
  EXPECT_EQ(systemd.stop(), (std::vector<std::string>{"StartUnit caretaker.service replace",
                                                      "StopUnit caretaker.service replace",
                                                      "RestartUnit caretaker.service replace"}));
}

TEST(UnitControl, ReportsAJobThatFailed) {
  const Error error = error_of(UnitAction::start, {.job_result = "failed"});
  EXPECT_EQ(error.code, EIO);
  EXPECT_EQ(error.message,
            "caretaker.service: the job ended with 'failed'; see systemctl status caretaker.service and "
            "journalctl -u caretaker.service");
}

TEST(UnitControl, GivesUpAtTheDeadlineOfAJobThatNeverEnds) {
  const Error error = error_of(UnitAction::stop, {.job_result = ""}, 50ms);
  EXPECT_EQ(error.code, ETIMEDOUT);
  EXPECT_THAT(error.message, HasSubstr("still working on it"));
}

TEST(UnitControl, SaysThatAUnitDoesNotExist) {
  const Error error = error_of(UnitAction::start, {.action_error = "org.freedesktop.systemd1.NoSuchUnit"});
  EXPECT_EQ(error.code, ENOENT);
  EXPECT_THAT(error.message, HasSubstr("caretaker.service: no such unit"));
}

TEST(UnitControl, SaysThatTheCallerMayNot) {
  for (const char* name : {"org.freedesktop.DBus.Error.AccessDenied",
                           "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"}) {
    const Error error = error_of(UnitAction::stop, {.action_error = name});
    EXPECT_EQ(error.code, EACCES);
    EXPECT_THAT(error.message, HasSubstr("run the command as root"));
  }
}

TEST(UnitControl, PassesOtherErrorsOfSystemdOn) {
  const Error error = error_of(UnitAction::start, {.action_error = "org.freedesktop.systemd1.UnitMasked"});
  EXPECT_EQ(error.message, "caretaker.service: said the fake");
}

TEST(UnitControl, SeesThatTheBusWentAway) {
  EXPECT_NE(error_of(UnitAction::start, {.hang_up = true}).code, 0);
}

TEST(UnitControl, FailsToConnectWhereSystemdIsNotOnTheBus) {
  const Error error =
      error_of(UnitAction::start, {.subscribe_error = "org.freedesktop.DBus.Error.ServiceUnknown"});
  EXPECT_EQ(error.message, "systemd: said the fake");
}

TEST(UnitControl, SaysThatThereIsNoBus) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  const Result<UnitControl> control = UnitControl::connect();
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  ASSERT_FALSE(control);
  EXPECT_EQ(control.error().code, ENOENT);
  EXPECT_THAT(control.error().message, HasSubstr("does systemd run here?"));
}

TEST(UnitControl, TellsTheStateOfAUnit) {
  const FakeSystemd systemd({.load_state = "not-found", .active_state = "inactive"});
  Result<UnitControl> control = UnitControl::connect();
  ASSERT_TRUE(control) << control.error().message;
  const Result<UnitState> state = control->state(unit);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->load_state, "not-found");
  EXPECT_EQ(state->active_state, "inactive");
}

TEST(UnitControl, EnablesAUnitForGoodAndReadsTheUnitFilesAgain) {
  FakeSystemd systemd({});
  {
    Result<UnitControl> control = UnitControl::connect();
    ASSERT_TRUE(control) << control.error().message;
    const Result<> enabled = control->enable("a.socket");
    EXPECT_TRUE(enabled) << enabled.error().message;
    const Result<> reloaded = control->reload();
    EXPECT_TRUE(reloaded) << reloaded.error().message;
  }
  EXPECT_EQ(systemd.stop(), (std::vector<std::string>{"EnableUnitFiles a.socket", "Reload", "Reload"}));
}

TEST(UnitControl, SaysThatAUnitCannotBeEnabled) {
  const FakeSystemd systemd({.has_install = false});
  Result<UnitControl> control = UnitControl::connect();
  ASSERT_TRUE(control) << control.error().message;
  EXPECT_EQ(control->enable("a.socket").error().message,
            "a.socket: has no [Install] section, so it cannot be enabled");
}

TEST(UnitControl, SaysThatTheCallerMayNeitherEnableNorReload) {
  const FakeSystemd systemd({.reload_error = "org.freedesktop.DBus.Error.AccessDenied",
                             .enable_error = "org.freedesktop.DBus.Error.AccessDenied"});
  Result<UnitControl> control = UnitControl::connect();
  ASSERT_TRUE(control) << control.error().message;
  EXPECT_EQ(control->enable("a.socket").error().code, EACCES);
  const Error error = control->reload().error();
  EXPECT_EQ(error.code, EACCES);
  EXPECT_EQ(error.message, "systemd: reload of the unit files: not permitted; run the command as root");
}

TEST(UnitOfPid, FailsForAProcessThatIsGone) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const Result<std::string> found = unit_of_pid(child);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ESRCH);
}

}  // namespace
}  // namespace caretaker
