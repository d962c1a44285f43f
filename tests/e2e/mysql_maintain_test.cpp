// SPDX-License-Identifier: MIT
// caretakerctl mysql maintain: no daemon, an account of its own, a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/daemon_process.h"
#include "support/mariadb_server.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlMaintain : public testing::Test {
 protected:
  MysqlMaintain() {
    server.set_root_password("root");
    server.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'agent'");
    server.execute("CREATE DATABASE monitor");
    server.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
    dir.write("config.ini", "[mysql]\nhost = 127.0.0.1\nport = " + std::to_string(server.port()) +
                                "\ndatabase = monitor\npassword = agent\nretention = 3d\n");
    dir.write("password", "root\n");
  }

  [[nodiscard]] ChildResult maintain(Words more = {}) const {
    Words words = {"mysql", "maintain", "--config", dir.path("config.ini")};
    words.insert(words.end(), more.begin(), more.end());
    return run_program("caretakerctl", words);
  }
  [[nodiscard]] ChildResult maintain_as_root(Words more = {}) const {
    more.insert(more.end(), {"--user", "root", "--password-file", dir.path("password")});
    return maintain(std::move(more));
  }

  MariadbServer server;
  TempDir dir;
};

TEST_F(MysqlMaintain, MakesTheTablesAndKeepsThemWithoutADaemon) {
  const ChildResult first = maintain_as_root();
  EXPECT_EQ(first.exit_status, 0) << first.standard_error;
  EXPECT_EQ(first.standard_output, "nothing to do\n");
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_NAME = 'samples'"),
            "9");
  server.execute("INSERT INTO monitor.events VALUES (1, '2001-01-01', 1, 'k', 's', 'm')");

  const ChildResult dry = maintain_as_root({"--dry-run"});
  EXPECT_EQ(dry.exit_status, 0) << dry.standard_error;
  EXPECT_EQ(dry.standard_output, "would delete 1 row of events\n");
  const auto json = nlohmann::json::parse(maintain_as_root({"--json"}).standard_output);
  EXPECT_EQ(json.at("rows_deleted"), 1);
  EXPECT_EQ(json.at("dry_run"), false);
  EXPECT_EQ(json.at("finished"), true);
  EXPECT_EQ(json.at("actions"), nlohmann::json::array({"deleted 1 row of events"}));
  EXPECT_EQ(json.at("problems"), nlohmann::json::array());
}

TEST_F(MysqlMaintain, SaysWhatTheAgentsAccountMayNotDo) {
  ASSERT_EQ(maintain().exit_status, 0);
  server.execute("INSERT INTO monitor.events VALUES (1, '2001-01-01', 1, 'k', 's', 'm')");
  server.execute("INSERT INTO monitor.samples VALUES (1, '2999-01-01', 1)");
  const ChildResult refused = maintain();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.standard_error, HasSubstr("GRANT SELECT, INSERT, UPDATE, DELETE"));
  EXPECT_THAT(refused.standard_error, HasSubstr("1 row of samples in the partition pmax"));
}

TEST_F(MysqlMaintain, AnotherUserNeverGetsTheAgentsPassword) {
  server.execute("CREATE USER other@'%' IDENTIFIED BY 'agent'");
  const ChildResult refused = maintain({"--user", "other"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.standard_error, HasSubstr("1045"));
}

TEST_F(MysqlMaintain, AHostThatDoesItAlreadyIsWaitedFor) {
  ASSERT_EQ(maintain_as_root().exit_status, 0);
  server.execute(
      "UPDATE monitor.leases SET holder = 7, expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE "
      "name = 'maintenance'");
  const ChildResult busy = maintain_as_root({"--timeout", "10ms"});
  EXPECT_EQ(busy.exit_status, 5);
  EXPECT_THAT(busy.standard_error, HasSubstr("another host"));
  server.execute(
      "UPDATE monitor.leases SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND WHERE "
      "name = 'maintenance'");
  EXPECT_EQ(maintain_as_root().exit_status, 0);
}

TEST_F(MysqlMaintain, WithoutAServerOrWithMistakesItSaysSo) {
  dir.write("config.ini", "[service]\ninterval = 5\n");
  EXPECT_EQ(maintain().exit_status, 1);
  EXPECT_THAT(maintain().standard_error, HasSubstr("set [mysql] host or socket"));
  dir.write("config.ini", "[mysql]\nhots = db\n");
  EXPECT_EQ(maintain().exit_status, 78);
  dir.write("config.ini", "[mysql]\nhost = 127.0.0.1\nport = 1\n");
  const ChildResult unreachable = maintain();
  EXPECT_EQ(unreachable.exit_status, 1);
  EXPECT_THAT(unreachable.standard_error, HasSubstr("nothing answers at 127.0.0.1:1"));
}

}  // namespace
}  // namespace caretaker
