// SPDX-License-Identifier: MIT
// The password as a credential of the service, and a database that comes late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/mysql_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

using ServiceCredential = MysqlServiceTest;

TEST_F(ServiceCredential, OpensTheDatabase) {
  start_server();
  store_password("secret\n");
  start();
  EXPECT_TRUE(eventually(something_is_delivered));
  stop();
  expect_delivered_once();
}

TEST_F(ServiceCredential, IsNotNeededForAStart) {
  start_server();
  start();
  EXPECT_EQ(property("ActiveState"), "active");
  ASSERT_TRUE(eventually(
      [] { return delivery().value("last_error", "").find("Access denied") != std::string::npos; }));
  EXPECT_THAT(ctl({"status"}).standard_output, HasSubstr("Access denied"));
  EXPECT_TRUE(eventually([] { return batches() > 20; }));
  stop();
  expect_nothing_lost();
}

TEST_F(ServiceCredential, ThatIsWrongIsShownAndHealsWithARestart) {
  start_server();
  store_password("not the one");
  start();
  ASSERT_TRUE(eventually(
      [] { return delivery().value("last_error", "").find("Access denied") != std::string::npos; }));
  EXPECT_THAT(ctl({"status"}).standard_output, HasSubstr("Access denied"));
  EXPECT_TRUE(eventually([] { return batches() > 20; }));
  store_password("secret");
  must({"systemctl", "restart", unit});
  EXPECT_TRUE(eventually(something_is_delivered));
  stop();
  expect_delivered_once();
}

TEST_F(ServiceCredential, IsInNoLogProcessOrFileOfTheService) {
  start_server();
  store_password("secret");
  start();
  EXPECT_TRUE(eventually(something_is_delivered));
  EXPECT_FALSE(journal_says("secret"));
  const std::string pid = property("MainPID");
  EXPECT_EQ(machine().read("/proc/" + pid + "/cmdline").find("secret"), std::string::npos);
  EXPECT_EQ(machine().read("/proc/" + pid + "/environ").find("secret"), std::string::npos);
  EXPECT_EQ(ctl({"status", "--json"}).standard_output.find("secret"), std::string::npos);
}

TEST_F(ServiceCredential, IsUsedWhenTheDatabaseComesLate) {
  start_server();
  stop_server();
  store_password("secret");
  start();
  ASSERT_TRUE(eventually([] { return batches() > 20; }));
  EXPECT_FALSE(something_is_delivered());
  start_server_again();
  EXPECT_TRUE(eventually(something_is_delivered));
  stop();
  EXPECT_GT(stored("SELECT COUNT(*) FROM samples"), 20);
  expect_delivered_once();
}

}  // namespace
}  // namespace caretaker
