// SPDX-License-Identifier: MIT
// Start, stop, reload, and every way in which the service ends by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class ServiceLifecycle : public ServiceTest {
 protected:
  static std::string main_pid() { return property("MainPID"); }
  static std::int64_t newest() { return stored("SELECT MAX(seq) FROM batches"); }

  // The numbers of batches have no gap: what was committed before and after belongs together.
  static void expect_no_gap() {
    EXPECT_EQ(stored("SELECT MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM batches"), 0);
    expect_nothing_lost();
  }
};

TEST_F(ServiceLifecycle, ReloadsAGoodConfiguration) {
  start();
  const std::string before = main_pid();
  configure("50-more", "[service]\ninterval = 400ms\n");
  EXPECT_EQ(systemctl({"reload", unit}).exit_status, 0);
  EXPECT_EQ(main_pid(), before);
  EXPECT_TRUE(eventually([this] { return journal_says("config_reloaded"); }));
  EXPECT_EQ(ctl_json({"status"}).at("interval_ms"), 400);
  // Reloads and stops without programs that a small Debian lacks.
  EXPECT_FALSE(machine().exists("/usr/bin/kill"));
  EXPECT_EQ(property("ActiveState"), "active");
}

TEST_F(ServiceLifecycle, KeepsTheOldConfigurationWhenAReloadFindsAMistake) {
  start();
  const std::string before = main_pid();
  configure("50-mistake", "[service]\nhost_name = x\nintervall = 1s\n");
  EXPECT_NE(systemctl({"reload", unit}).exit_status, 0);
  EXPECT_TRUE(
      eventually([this] { return journal_says("50-mistake.ini:3: [service] intervall: unknown key"); }));
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_EQ(main_pid(), before);
  const std::int64_t at_failure = newest();
  EXPECT_TRUE(eventually([at_failure] { return newest() > at_failure + 5; }));
  machine().remove("/etc/caretaker/config.d/50-mistake.ini");
  EXPECT_EQ(systemctl({"reload", unit}).exit_status, 0);
}

TEST_F(ServiceLifecycle, StopsInOrderAndGoesOnWhereItWas) {
  start();
  ASSERT_TRUE(eventually([] { return batches() > 10; }));
  stop();
  EXPECT_EQ(property("ActiveState"), "inactive");
  EXPECT_EQ(property("Result"), "success");
  EXPECT_EQ(property("ExecMainStatus"), "0");
  EXPECT_FALSE(machine().exists("/run/caretaker"));
  const std::int64_t at_stop = newest();
  expect_no_gap();
  must({"systemctl", "restart", unit});
  EXPECT_TRUE(eventually([at_stop] { return newest() > at_stop + 10; }));
  stop();
  expect_no_gap();
}

TEST_F(ServiceLifecycle, ComesBackAfterKill9) {
  drop_in("fast", "[Service]\nRestartSec=100ms\n");
  start();
  ASSERT_TRUE(eventually([] { return batches() > 10; }));
  const std::string before = main_pid();
  const std::int64_t committed = newest();
  must({"systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit});
  ASSERT_TRUE(
      eventually([&] { return property("NRestarts") == "1" && property("ActiveState") == "active"; }));
  EXPECT_NE(main_pid(), before);
  EXPECT_TRUE(eventually([committed] { return newest() > committed + 10; }));
  EXPECT_EQ(stored("SELECT COUNT(*) FROM batches WHERE seq = " + std::to_string(committed)), 1);
  stop();
  expect_no_gap();
}

TEST_F(ServiceLifecycle, IsRestartedByTheWatchdogWhenItHangs) {
  drop_in("fast", "[Service]\nWatchdogSec=1s\nTimeoutAbortSec=500ms\nRestartSec=100ms\n");
  start();
  ASSERT_TRUE(eventually([] { return batches() > 10; }));
  // It is alive for longer than the watchdog waits.
  const std::int64_t ready_us = number("ActiveEnterTimestampMonotonic");
  ASSERT_TRUE(eventually([&] { return number("WatchdogTimestampMonotonic") > ready_us + 1'500'000; }));
  ASSERT_EQ(property("NRestarts"), "0");
  must({"systemctl", "kill", "--kill-whom=main", "--signal=STOP", unit});
  ASSERT_TRUE(
      eventually([&] { return property("NRestarts") == "1" && property("ActiveState") == "active"; }));
  EXPECT_TRUE(journal_says("Watchdog timeout"));
  const std::int64_t again = newest();
  EXPECT_TRUE(eventually([again] { return newest() > again + 10; }));
  stop();
  expect_no_gap();
}

TEST_F(ServiceLifecycle, NamesAMistakeAtTheStartAndDoesNotTryAgain) {
  configure("50-mistake", "[mysql]\nport = many\n");
  drop_in("fast", "[Service]\nRestartSec=100ms\n");
  const ChildResult ended = systemctl({"start", unit});
  EXPECT_NE(ended.exit_status, 0);
  EXPECT_EQ(property("ActiveState"), "failed");
  EXPECT_EQ(property("ExecMainStatus"), "78");
  EXPECT_EQ(property("Result"), "exit-code");
  EXPECT_EQ(property("NRestarts"), "0");
  EXPECT_TRUE(eventually([this] { return journal_says("50-mistake.ini:2: [mysql] port:"); }));
  machine().remove("/etc/caretaker/config.d/50-mistake.ini");
  start();
  EXPECT_EQ(property("ActiveState"), "active");
}

TEST_F(ServiceLifecycle, TheClientTellsThatTheServiceIsStopped) {
  const ChildResult ended = ctl({"status"});
  EXPECT_EQ(ended.exit_status, 3);
  EXPECT_THAT(ended.standard_error, HasSubstr("start it with: systemctl start caretaker"));
}

TEST_F(ServiceLifecycle, TheClientStartsStopsAndRestartsTheUnit) {
  EXPECT_EQ(ctl({"start"}).exit_status, 0);
  EXPECT_EQ(property("ActiveState"), "active");
  const std::string before = main_pid();
  EXPECT_EQ(ctl({"restart"}).exit_status, 0);
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_NE(main_pid(), before);
  EXPECT_EQ(ctl({"stop"}).exit_status, 0);
  EXPECT_EQ(property("ActiveState"), "inactive");
}

TEST_F(ServiceLifecycle, TheClientTellsOthersThatTheyMayNot) {
  start();
  const std::string before = main_pid();
  for (const char* action : {"stop", "restart", "start"}) {
    const ChildResult refused = ctl({action}, "nobody");
    EXPECT_EQ(refused.exit_status, 4) << action;
    EXPECT_THAT(refused.standard_error, HasSubstr("run the command as root")) << action;
  }
  const ChildResult status = ctl({"status"}, "nobody");
  EXPECT_NE(status.exit_status, 0);
  EXPECT_THAT(status.standard_error, HasSubstr("group caretaker"));
  EXPECT_EQ(main_pid(), before);
}

}  // namespace
}  // namespace caretaker
