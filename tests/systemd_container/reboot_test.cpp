// SPDX-License-Identifier: MIT
// The machine or the daemon goes down without a warning, and the service comes by itself.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/mysql_fixture.h"

namespace caretaker {
namespace {

class MachineReboot : public MysqlServiceTest {
 protected:
  void TearDown() override {
    MysqlServiceTest::TearDown();
    if (!IsSkipped()) machine().remove("/etc/systemd/system/mariadb.service.d");
  }
};

TEST_F(MachineReboot, LosesAndDoublesNoRow) {
  start_server();
  store_password("secret");
  // The kernel has another boot id only when it starts itself.
  machine().write("/etc/boot-id", "the first boot\n");
  drop_in("boot", "[Service]\nBindReadOnlyPaths=/etc/boot-id:/proc/sys/kernel/random/boot_id\n");
  must({"systemctl", "enable", "--now", unit});
  ASSERT_TRUE(eventually(something_is_delivered));
  const std::int64_t before = stored("SELECT MAX(seq) FROM batches");
  machine().write("/etc/boot-id", "the second boot\n");
  machine().reboot();
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_TRUE(eventually([before] { return stored("SELECT MAX(seq) FROM batches") > before + 20; }));
  EXPECT_FALSE(something_is_delivered());
  start_server_again();
  ASSERT_TRUE(eventually(something_is_delivered));
  stop();
  EXPECT_EQ(stored("SELECT MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM batches"), 0);
  // Another boot is another epoch of the ledger.
  EXPECT_EQ(value("SELECT COUNT(*) FROM monitor.deliveries"), "2");
  expect_delivered_once();
}

TEST_F(MachineReboot, BringsTheServiceBeforeASlowDatabase) {
  start_server();
  store_password("secret");
  must({"systemctl", "enable", unit});
  must({"systemctl", "enable", "mariadb.service"});
  machine().write("/etc/systemd/system/mariadb.service.d/late.conf", "[Service]\nExecStartPre=sleep 1\n");
  machine().reboot();
  const std::int64_t service_up_us = number("ActiveEnterTimestampMonotonic");
  EXPECT_GT(service_up_us, 0);
  EXPECT_GT(number("ActiveEnterTimestampMonotonic", "mariadb.service"), service_up_us);
  ASSERT_TRUE(eventually(something_is_delivered));
  stop();
  expect_delivered_once();
}

using ServiceCrash = MysqlServiceTest;

TEST_F(ServiceCrash, LosesAndDoublesNoRowOnTheServer) {
  drop_in("fast", "[Service]\nRestartSec=50ms\n[Unit]\nStartLimitIntervalSec=0\n");
  configure("10-mysql",
            "[mysql]\nsocket = /run/mysqld/mysqld.sock\ndatabase = monitor\nflush_interval = 100ms\n");
  start_server();
  store_password("secret");
  start();
  for (int kill = 1; kill <= 5; ++kill) {
    ASSERT_TRUE(eventually(something_is_delivered));
    must({"systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit});
    ASSERT_TRUE(
        eventually([kill] { return number("NRestarts") == kill && property("ActiveState") == "active"; }));
  }
  ASSERT_TRUE(eventually(something_is_delivered));
  stop();
  EXPECT_EQ(stored("SELECT MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM batches"), 0);
  expect_delivered_once();
}

}  // namespace
}  // namespace caretaker
