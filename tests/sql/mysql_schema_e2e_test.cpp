// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/file.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_partitions.h"
#include "sql/mysql_schema.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlSchemaTest : public testing::TestWithParam<Engine> {
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

  SqlServer server_{GetParam()};
};

TEST_P(MysqlSchemaTest, IsMadeByAnAccountWithRightsOnItsDatabaseOnly) {
  grant();
  MysqlConnection connection = connect();
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->system_monitor, "system_monitor");
  EXPECT_EQ(schema->note, "");
  EXPECT_EQ(server_.value("SELECT MAX(version) FROM monitor.schema_version"),
            std::to_string(mysql_schema_version()));
  EXPECT_EQ(count_partitions(), "9");  // today, seven days ahead, the catch-all
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics"), "0");
}

TEST_P(MysqlSchemaTest, MakesTheDatabaseWhereTheAccountMay) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "an `odd` name", 1));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM `an ``odd`` name`.samples"), "0");
}

TEST_P(MysqlSchemaTest, AgainChangesNothing) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2024-01-01', 1)");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("DELETE FROM monitor.schema_version");  // as after a migration that was cut off
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.schema_version"),
            std::to_string(mysql_schema_version()));
}

// As the daemon does: an error that is worth another try gets one.
Result<MysqlSchema> bring_up_with_patience(MysqlConnection& connection, std::int64_t holder) {
  for (;;) {
    auto schema = bring_up_mysql_schema(connection, "monitor", holder);
    if (schema || classify_mysql_error(schema.error().code) != MysqlErrorClass::retry) return schema;
  }
}

TEST_P(MysqlSchemaTest, OneOfManyHostsMakesItAndTheOthersFindItDone) {
  constexpr std::size_t hosts = 8;
  std::vector<std::string> errors(hosts);
  {
    std::vector<std::jthread> threads;
    for (std::size_t host = 0; host < hosts; ++host) {
      threads.emplace_back([this, host, &errors] {
        MysqlConnection connection = connect("root");
        const auto schema = bring_up_with_patience(connection, static_cast<std::int64_t>(host) + 1);
        if (!schema) errors[host] = schema.error().message;
      });
    }
  }
  EXPECT_THAT(errors, testing::Each(""));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.schema_version"),
            std::to_string(mysql_schema_version()));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.leases WHERE expires_at > UTC_TIMESTAMP(3)"), "0");
}

TEST_P(MysqlSchemaTest, WhoFindsTheLeaseHeldComesBackAndADeadHoldersLeaseExpires) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("DELETE FROM monitor.schema_version");
  server_.execute("UPDATE monitor.leases SET holder = 7, expires_at = UTC_TIMESTAMP(3) + INTERVAL 60 SECOND");
  const auto held = bring_up_mysql_schema(connection, "monitor", 2);
  ASSERT_FALSE(held);
  EXPECT_EQ(classify_mysql_error(held.error().code), MysqlErrorClass::retry);
  EXPECT_THAT(held.error().message, HasSubstr("another host"));
  EXPECT_TRUE(bring_up_mysql_schema(connection, "monitor", 7)) << "the holder itself after a reconnect";
  server_.execute("DELETE FROM monitor.schema_version");
  server_.execute("UPDATE monitor.leases SET holder = 7, expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
  const auto expired = bring_up_mysql_schema(connection, "monitor", 2);
  EXPECT_TRUE(expired) << expired.error().message;
}

TEST_P(MysqlSchemaTest, ASchemaThatWasCutOffAnywhereIsFinished) {
  grant();
  MysqlConnection connection = connect();
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  for (const char* cut : {"DROP TABLE monitor.job_runs, monitor.deliveries", "DROP VIEW monitor.metrics",
                          "ALTER TABLE monitor.samples REMOVE PARTITIONING"}) {
    server_.execute(cut);
    server_.execute("DELETE FROM monitor.schema_version");
    const auto again = bring_up_mysql_schema(connection, "monitor", 1);
    ASSERT_TRUE(again) << cut << ": " << again.error().message;
    EXPECT_EQ(count_partitions(), "9") << cut;
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.deliveries"), "0") << cut;
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics"), "0") << cut;
  }
}

TEST_P(MysqlSchemaTest, ATableFullOfRowsIsNotPartitionedBehindItsOwnersBack) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("ALTER TABLE monitor.samples REMOVE PARTITIONING");
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2024-01-01', 1)");
  server_.execute("DELETE FROM monitor.schema_version");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  ASSERT_TRUE(partition_empty_tables(connection));
  EXPECT_EQ(server_.value(
                "SELECT MAX(PARTITION_NAME) FROM information_schema.PARTITIONS WHERE TABLE_NAME = 'samples'"),
            "");
}

TEST_P(MysqlSchemaTest, AServerKilledWhileItMakesTheTablesIsNoObstacle) {
  grant();
  for (const char* reached : {"leases", "hosts", "samples", "samples_1m", "samples_1h", "metrics_1h"}) {
    server_.execute("DROP DATABASE monitor");
    server_.execute("CREATE DATABASE monitor");
    std::jthread maker([this] {
      MysqlConnection connection = connect();
      (void)bring_up_mysql_schema(connection, "monitor", 1);
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
    const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(count_partitions(), "9");
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples"), "0");
    EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics_now"), "0");
    EXPECT_EQ(server_.value("SELECT COUNT(DISTINCT TABLE_NAME) FROM information_schema.PARTITIONS WHERE "
                            "TABLE_SCHEMA = 'monitor' AND PARTITION_NAME = 'pmax'"),
              "3");
  }
}

TEST_P(MysqlSchemaTest, TheDocumentationHasEveryColumnWithItsType) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  const std::string page = read_file(CARETAKER_SOURCE_DIR "/docs/sql.md").value();
  const auto columns = server_.query(
      "SELECT TABLE_NAME, COLUMN_NAME, UPPER(COLUMN_TYPE) FROM information_schema.COLUMNS JOIN "
      "information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME) WHERE TABLE_SCHEMA = 'monitor' AND "
      "TABLE_TYPE = "
      "'BASE TABLE' ORDER BY TABLE_NAME, ORDINAL_POSITION");
  EXPECT_GT(columns.size(), 60U);
  for (const SqlRow& column : columns) {
    const std::size_t begin = page.find("### `" + *column[0] + "`\n");
    ASSERT_NE(begin, std::string::npos) << *column[0];
    const std::string section = page.substr(begin, page.find("Key: ", begin) - begin);
    std::string type = *column[2];
    if (!type.starts_with("VARCHAR") && !type.starts_with("DATETIME")) type = type.substr(0, type.find('('));
    EXPECT_THAT(section, HasSubstr("\n| `" + *column[1] + "` | " + type + " | ")) << *column[0];
  }
}

TEST_P(MysqlSchemaTest, WithoutRightsTheMessageHasTheGrantThatHelps) {
  MysqlConnection connection = connect();
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
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
  const auto made = bring_up_mysql_schema(again, "monitor", 1);
  EXPECT_TRUE(made) << made.error().message;
}

TEST_P(MysqlSchemaTest, ANewerSchemaThatOnlyAddsIsWrittenTo) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("INSERT INTO monitor.schema_version VALUES (99, UTC_TIMESTAMP(), 1)");
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(server_.value("SELECT MAX(version) FROM monitor.schema_version"), "99");
}

TEST_P(MysqlSchemaTest, ANewerSchemaThatWantsNewerWritersIsHeldBackFrom) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute(
      "INSERT INTO monitor.schema_version VALUES (98, UTC_TIMESTAMP(), 98), (99, UTC_TIMESTAMP(), 1)");
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
  ASSERT_FALSE(schema);
  EXPECT_THAT(schema.error().message, HasSubstr("version 99"));
  EXPECT_THAT(schema.error().message, HasSubstr("must know version 98"));
  EXPECT_EQ(classify_mysql_error(schema.error().code), MysqlErrorClass::config);
}

TEST_P(MysqlSchemaTest, TheFirstVersionWithItsRowsComesForward) {
  server_.execute("CREATE DATABASE monitor");
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(connection.execute("USE monitor"));
  std::string first = read_file(CARETAKER_SOURCE_DIR "/sql/mysql/001_tables.sql").value();
  const std::string headline = "{system_monitor} (";
  first.replace(first.find(headline), headline.size(), "system_monitor (");
  for (std::size_t end = first.find(";\n"); end != std::string::npos; end = first.find(";\n")) {
    const auto made = connection.execute(first.substr(0, end));
    ASSERT_TRUE(made) << made.error().message;
    first.erase(0, end + 2);
  }
  for (const char* rows :
       {"INSERT INTO schema_version VALUES (1, '2025-01-01')",
        "INSERT INTO hosts VALUES (1, 'web1', '2025-01-01')",
        "INSERT INTO series VALUES (10, 1, 'load1', '{}', '', 'gauge')",
        "ALTER TABLE samples PARTITION BY RANGE COLUMNS (time) (PARTITION p20250101 VALUES LESS THAN "
        "('2025-01-02'), PARTITION pmax VALUES LESS THAN (MAXVALUE))",
        "INSERT INTO samples VALUES (10, '2025-01-01', 0.5), (10, '2025-01-05', 0.75)"}) {
    ASSERT_TRUE(connection.execute(rows)) << rows;
  }
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(version ORDER BY version) FROM monitor.schema_version"),
            "1,2,3");
  EXPECT_EQ(
      server_.value("SELECT GROUP_CONCAT(value ORDER BY time) FROM monitor.metrics WHERE host = 'web1'"),
      "0.5,0.75");
  EXPECT_EQ(server_.value("SELECT last_seen IS NULL FROM monitor.hosts"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics_1m"), "0");
}

TEST_P(MysqlSchemaTest, AForeignSystemMonitorIsLeftAlone) {
  server_.execute("CREATE DATABASE monitor");
  server_.execute(
      "CREATE TABLE monitor.system_monitor (id INT AUTO_INCREMENT PRIMARY KEY, cpu_usage FLOAT, memory_usage "
      "FLOAT, "
      "disk_usage FLOAT, net_sent FLOAT, net_recv FLOAT, timestamp DATETIME)");
  server_.execute("INSERT INTO monitor.system_monitor (cpu_usage) VALUES (1)");
  MysqlConnection connection = connect("root");
  for (int start = 0; start < 2; ++start) {
    const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(schema->system_monitor, "caretaker_system_monitor");
    EXPECT_THAT(schema->note, HasSubstr("left alone"));
  }
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.system_monitor"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.caretaker_system_monitor"), "0");
  server_.execute("DROP TABLE monitor.system_monitor");
  const auto later = bring_up_mysql_schema(connection, "monitor", 1);
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->system_monitor, "caretaker_system_monitor");
  EXPECT_EQ(later->note, "");
}

TEST_P(MysqlSchemaTest, OldSamplesGoToTheFirstPartitionAndFarOnesToTheCatchAll) {
  MysqlConnection connection = connect("root");
  ASSERT_TRUE(bring_up_mysql_schema(connection, "monitor", 1));
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2001-01-01', 1), (1, '2999-01-01', 1)");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples PARTITION (pmax)"), "1");
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlSchemaTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
