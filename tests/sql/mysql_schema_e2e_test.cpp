// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "sql/mysql_errors.h"
#include "sql/mysql_partitions.h"
#include "sql/mysql_schema.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlSchemaTest : public testing::Test {
 protected:
  MysqlSchemaTest() { server_.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'x'"); }

  MysqlConnection connect(const std::string& user = "caretaker") {
    const std::string password = user == "root" ? "" : "x";
    auto connection = MysqlConnection::connect(server_.config(user, password, ""), Secret(password));
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }
  // What the message of a missing right tells the administrator to run.
  void grant() {
    server_.execute("CREATE DATABASE monitor");
    server_.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
  }
  std::string count_partitions() {
    return server_.value(
        "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'monitor' AND TABLE_NAME = "
        "'samples'");
  }

  MariadbServer server_;
};

TEST_F(MysqlSchemaTest, IsMadeByAnAccountWithRightsOnItsDatabaseOnly) {
  grant();
  MysqlConnection connection = connect();
  const auto schema = bring_up_mysql_schema(connection, "monitor");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->system_monitor, "system_monitor");
  EXPECT_EQ(schema->note, "");
  EXPECT_EQ(server_.value("SELECT MAX(version) FROM monitor.schema_version"),
            std::to_string(mysql_schema_version()));
  EXPECT_EQ(count_partitions(), "9");  // today, seven days ahead, the catch-all
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics"), "0");
}

TEST_F(MysqlSchemaTest, MakesTheDatabaseWhereTheAccountMay) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "an `odd` name"));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM `an ``odd`` name`.samples"), "0");
}

TEST_F(MysqlSchemaTest, AgainChangesNothing) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2024-01-01', 1)");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  server_.execute("DELETE FROM monitor.schema_version");  // as after a migration that was cut off
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.schema_version"), "1");
}

TEST_F(MysqlSchemaTest, HostsMayMakeItAtTheSameTime) {
  constexpr std::size_t hosts = 8;
  std::vector<std::string> errors(hosts);
  {
    std::vector<std::jthread> threads;
    for (std::string& error : errors) {
      threads.emplace_back([this, &error] {
        MysqlConnection connection = connect("root");
        const auto schema = bring_up_mysql_schema(connection, "monitor");
        if (!schema) error = schema.error().message;
      });
    }
  }
  EXPECT_THAT(errors, testing::Each(""));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.schema_version"), "1");
}

TEST_F(MysqlSchemaTest, ASchemaThatWasCutOffAnywhereIsFinished) {
  grant();
  MysqlConnection connection = connect();
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  for (const char* cut : {"DROP TABLE monitor.job_runs, monitor.deliveries", "DROP VIEW monitor.metrics",
                          "ALTER TABLE monitor.samples REMOVE PARTITIONING"}) {
    server_.execute(cut);
    server_.execute("DELETE FROM monitor.schema_version");
    const auto again = bring_up_mysql_schema(connection, "monitor");
    ASSERT_TRUE(again) << cut << ": " << again.error().message;
    EXPECT_EQ(count_partitions(), "9") << cut;
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.deliveries"), "0") << cut;
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics"), "0") << cut;
  }
}

TEST_F(MysqlSchemaTest, ATableFullOfRowsIsNotPartitionedBehindItsOwnersBack) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  server_.execute("ALTER TABLE monitor.samples REMOVE PARTITIONING");
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2024-01-01', 1)");
  server_.execute("DELETE FROM monitor.schema_version");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  ASSERT_TRUE(add_missing_partitions(connection));
  EXPECT_EQ(server_.value(
                "SELECT MAX(PARTITION_NAME) FROM information_schema.PARTITIONS WHERE TABLE_NAME = 'samples'"),
            "");
}

TEST_F(MysqlSchemaTest, AServerKilledWhileItMakesTheTablesIsNoObstacle) {
  grant();
  for (const char* reached : {"hosts", "samples", "samples"}) {
    server_.execute("DROP DATABASE monitor");
    server_.execute("CREATE DATABASE monitor");
    std::jthread maker([this] {
      MysqlConnection connection = connect();
      (void)bring_up_mysql_schema(connection, "monitor");
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server_.value(std::string("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                                     "'monitor' AND TABLE_NAME = '") +
                         reached + "'") == "0" &&
           std::chrono::steady_clock::now() < deadline) {
    }
    server_.kill();
    maker.join();
    server_.start();
    MysqlConnection connection = connect();
    const auto schema = bring_up_mysql_schema(connection, "monitor");
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(count_partitions(), "9");
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples"), "0");
  }
}

TEST_F(MysqlSchemaTest, WithoutRightsTheMessageHasTheGrantThatHelps) {
  MysqlConnection connection = connect();
  const auto schema = bring_up_mysql_schema(connection, "monitor");
  ASSERT_FALSE(schema);
  const Error error = with_fix(schema.error(), {.address = "db1:3306",
                                                .user = "caretaker",
                                                .account = connection.server().account,
                                                .database = "monitor"});
  const std::size_t start = error.message.find("CREATE DATABASE");
  ASSERT_NE(start, std::string::npos) << error.message;
  const std::size_t middle = error.message.find("; GRANT", start);
  ASSERT_NE(middle, std::string::npos) << error.message;
  server_.execute(error.message.substr(start, middle - start));
  server_.execute(error.message.substr(middle + 2));
  MysqlConnection again = connect();
  const auto made = bring_up_mysql_schema(again, "monitor");
  EXPECT_TRUE(made) << made.error().message;
}

TEST_F(MysqlSchemaTest, ANewerSchemaIsHeldBackFrom) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  server_.execute("INSERT INTO monitor.schema_version VALUES (99, UTC_TIMESTAMP())");
  const auto schema = bring_up_mysql_schema(connection, "monitor");
  ASSERT_FALSE(schema);
  EXPECT_THAT(schema.error().message, HasSubstr("version 99"));
  EXPECT_EQ(classify_mysql_error(schema.error().code), MysqlErrorClass::config);
}

TEST_F(MysqlSchemaTest, AForeignSystemMonitorIsLeftAlone) {
  server_.execute("CREATE DATABASE monitor");
  server_.execute(
      "CREATE TABLE monitor.system_monitor (id INT AUTO_INCREMENT PRIMARY KEY, cpu_usage FLOAT, memory_usage "
      "FLOAT, "
      "disk_usage FLOAT, net_sent FLOAT, net_recv FLOAT, timestamp DATETIME)");
  server_.execute("INSERT INTO monitor.system_monitor (cpu_usage) VALUES (1)");
  MysqlConnection connection = connect("root");
  for (int start = 0; start < 2; ++start) {
    const auto schema = bring_up_mysql_schema(connection, "monitor");
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(schema->system_monitor, "caretaker_system_monitor");
    EXPECT_THAT(schema->note, HasSubstr("left alone"));
  }
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.system_monitor"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.caretaker_system_monitor"), "0");
  server_.execute("DROP TABLE monitor.system_monitor");
  const auto later = bring_up_mysql_schema(connection, "monitor");
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->system_monitor, "caretaker_system_monitor");
  EXPECT_EQ(later->note, "");
}

TEST_F(MysqlSchemaTest, MissingPartitionsAreAdded) {
  grant();
  MysqlConnection connection = connect();
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  const std::string newest = server_.value(
      "SELECT MAX(PARTITION_NAME) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'monitor' "
      "AND TABLE_NAME = 'samples' AND PARTITION_NAME <> 'pmax'");
  server_.execute("ALTER TABLE monitor.samples DROP PARTITION " + newest);
  const auto added = add_missing_partitions(connection);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(count_partitions(), "9");
  ASSERT_TRUE(add_missing_partitions(connection));
  EXPECT_EQ(count_partitions(), "9");
}

TEST_F(MysqlSchemaTest, OldSamplesGoToTheFirstPartitionAndFarOnesToTheCatchAll) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor"));
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2001-01-01', 1), (1, '2999-01-01', 1)");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples PARTITION (pmax)"), "1");
}

}  // namespace
}  // namespace caretaker
