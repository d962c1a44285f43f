// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "sql/mysql_lease.h"
#include "sql/mysql_maintenance.h"
#include "sql/mysql_old_rows.h"
#include "sql/mysql_schema.h"
#include "support/eventually.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MysqlMaintenanceTest : public testing::TestWithParam<Engine> {
 protected:
  MysqlMaintenanceTest() : config_(server_.config("root", "", "monitor")) {
    server_.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'x'");
    server_.execute("CREATE DATABASE monitor");
    server_.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
    (void)connect();
  }

  MysqlConnection connect(const std::string& user = "root") {
    const std::string password = user == "root" ? "" : "x";
    auto connection = MysqlConnection::connect(server_.config(user, password, "monitor"), Secret(password));
    if (!connection || !bring_up_mysql_schema(*connection, "monitor", 1))
      throw std::runtime_error("no schema");
    return std::move(*connection);
  }
  MaintenanceReport maintain(const MaintenanceOptions& options = {.holder = 1},
                             const std::string& user = "root") {
    MysqlConnection connection = connect(user);
    auto report = maintain_mysql(connection, config_, "system_monitor", options);
    if (!report) throw std::runtime_error(report.error().message);
    return std::move(*report);
  }

  // `days` before (after) today as p20260131 and as a bound.
  std::string name(int days) { return day("p%Y%m%d", days); }
  std::string bound(int days) { return day("%Y-%m-%d", days + 1); }
  std::string day(const std::string& format, int days) {
    return server_.value("SELECT DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL " + std::to_string(days) + " DAY, '" +
                         format + "')");
  }
  // As a database looks that nobody maintained for `days`.
  void partition_as_of(const std::string& table, int days) {
    server_.execute("ALTER TABLE monitor." + table + " REMOVE PARTITIONING");
    server_.execute("ALTER TABLE monitor." + table + " PARTITION BY RANGE COLUMNS (time) (PARTITION " +
                    name(-days) + " VALUES LESS THAN ('" + bound(-days) +
                    "'), PARTITION pmax VALUES LESS THAN (MAXVALUE))");
  }
  std::string partitions(const std::string& table, const std::string& what = "COUNT(*)") {
    return server_.value("SELECT " + what +
                         " FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'monitor' "
                         "AND TABLE_NAME = '" +
                         table + "'");
  }
  // For INSERT ... SELECT: FROM this, with `seq` from 0 on.
  std::string numbers_below(int end) {
    server_.execute("CREATE TABLE IF NOT EXISTS monitor.digits (n INT PRIMARY KEY)");
    server_.execute("REPLACE INTO monitor.digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    return "(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n AS seq FROM "
           "monitor.digits AS "
           "a, monitor.digits AS b, monitor.digits AS c, monitor.digits AS d, monitor.digits AS e, "
           "monitor.digits AS "
           "f) AS numbers WHERE seq < " +
           std::to_string(end);
  }
  std::string count(const std::string& of) { return server_.value("SELECT COUNT(*) FROM monitor." + of); }

  SqlServer server_{GetParam()};
  MysqlConfig config_;
};

TEST_P(MysqlMaintenanceTest, FindsNothingToDoInANewDatabase) {
  const MaintenanceReport report = maintain();
  EXPECT_THAT(report.actions, IsEmpty());
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(partitions("samples"), "9");  // today, seven days ahead, the catch-all
  EXPECT_EQ(partitions("samples_1m"), "9");
  EXPECT_EQ(partitions("samples_1h"), "4");
}

TEST_P(MysqlMaintenanceTest, ADatabaseThatWasDownForAMonthLosesNothingYoung) {
  partition_as_of("samples", 30);
  server_.execute(
      "INSERT INTO monitor.samples VALUES (1, UTC_TIMESTAMP() - INTERVAL 31 DAY, 1), "
      "(1, UTC_TIMESTAMP() - INTERVAL 6 DAY, 2), (1, UTC_TIMESTAMP() - INTERVAL 1 DAY, 3), "
      "(1, UTC_TIMESTAMP() + INTERVAL 1 DAY, 4)");
  const MaintenanceReport report = maintain();
  EXPECT_EQ(report.partitions_added, 15U);  // the seven days that are kept, today, seven ahead
  EXPECT_EQ(report.partitions_dropped, 1U);
  EXPECT_EQ(report.rows_moved, 3U);
  EXPECT_EQ(report.rows_in_catch_all, 0U);
  EXPECT_THAT(report.actions,
              ElementsAre("made 15 partitions, " + name(-7) + " to " + name(7) + " of samples",
                          "moved 3 rows of samples out of pmax",
                          "dropped 1 partition, " + name(-30) + " of samples"));
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(value ORDER BY value) FROM monitor.samples"), "2,3,4");
  EXPECT_EQ(count("samples PARTITION (" + name(-6) + ")"), "1");
  EXPECT_THAT(maintain().actions, IsEmpty());
}

TEST_P(MysqlMaintenanceTest, RollupsHaveTheirOwnRetention) {
  partition_as_of("samples_1m", 30);
  server_.execute("ALTER TABLE monitor.samples_1h REMOVE PARTITIONING");
  server_.execute(
      "ALTER TABLE monitor.samples_1h PARTITION BY RANGE COLUMNS (time) (PARTITION p201001 VALUES "
      "LESS THAN ('2010-02-01'), PARTITION pmax VALUES LESS THAN (MAXVALUE))");
  const MaintenanceReport report = maintain();
  EXPECT_EQ(partitions("samples_1m"), "39");  // 30 days ago to seven ahead, and the catch-all
  EXPECT_EQ(report.partitions_dropped, 1U);
  EXPECT_EQ(partitions("samples_1h"), "64");  // five years, this month, two ahead, and the catch-all
  EXPECT_THAT(
      partitions("samples_1h", "MAX(IF(PARTITION_NAME = 'pmax', '', PARTITION_NAME))"),
      day("p%Y%m", 0).substr(0, 1) + server_.value("SELECT DATE_FORMAT(LAST_DAY(UTC_TIMESTAMP()) + INTERVAL "
                                                   "1 DAY + INTERVAL 1 MONTH, '%Y%m')"));
}

TEST_P(MysqlMaintenanceTest, RowsOfTheFarFutureStayInTheCatchAllAndAreReported) {
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2099-05-05', 1), (2, '2099-05-05', 1)");
  const MaintenanceReport report = maintain();
  EXPECT_EQ(report.rows_in_catch_all, 2U);
  EXPECT_EQ(report.rows_moved, 0U);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("2 rows of samples in the partition pmax")));
  EXPECT_EQ(count("samples PARTITION (pmax)"), "2");
}

TEST_P(MysqlMaintenanceTest, ADryRunSaysTheSameAndChangesNothing) {
  partition_as_of("samples", 30);
  server_.execute("INSERT INTO monitor.samples VALUES (1, UTC_TIMESTAMP() - INTERVAL 1 DAY, 3)");
  server_.execute("INSERT INTO monitor.events VALUES (1, '2001-01-01', 1, 'k', 's', 'm')");
  const MaintenanceReport dry = maintain({.holder = 1, .dry_run = true});
  EXPECT_THAT(
      dry.actions,
      ElementsAre("would make 15 partitions, " + name(-7) + " to " + name(7) + " of samples",
                  "would move 1 row of samples out of pmax",
                  "would drop 1 partition, " + name(-30) + " of samples", "would delete 1 row of events"));
  EXPECT_EQ(partitions("samples"), "2");
  EXPECT_EQ(count("events"), "1");
  const MaintenanceReport report = maintain();
  EXPECT_EQ(report.partitions_added, dry.partitions_added);
  EXPECT_EQ(report.partitions_dropped, dry.partitions_dropped);
  EXPECT_EQ(report.rows_moved, dry.rows_moved);
  EXPECT_EQ(report.rows_deleted, dry.rows_deleted);
}

TEST_P(MysqlMaintenanceTest, OldRowsOfThePlainTablesLeaveInChunks) {
  server_.execute(
      "INSERT INTO monitor.system_monitor (host, timestamp) SELECT 'it''s', UTC_TIMESTAMP() - INTERVAL "
      "100 DAY + INTERVAL seq SECOND FROM " +
      numbers_below(12000));
  server_.execute(
      "INSERT INTO monitor.system_monitor (host, timestamp) VALUES ('it''s', UTC_TIMESTAMP() - "
      "INTERVAL 80 DAY), ('web2', UTC_TIMESTAMP() - INTERVAL 91 DAY)");
  server_.execute(
      "INSERT INTO monitor.events VALUES (-5, '2001-01-01', 1, 'k', 's', 'm'), (-5, UTC_TIMESTAMP() - "
      "INTERVAL 1000 DAY, 2, 'k', 's', 'm')");
  server_.execute("INSERT INTO monitor.job_runs VALUES (-5, '2001-01-01', 1, 'j', 1, 1, 0, 0, 0, '', '')");
  server_.execute(
      "INSERT INTO monitor.cleanup_runs SELECT -5, t.time, t.id, '', '', '', NULL, '', '', '', 0, "
      "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' FROM (SELECT '2001-01-01' AS time, 1 AS id UNION ALL "
      "SELECT UTC_TIMESTAMP(), 2) AS t");
  server_.execute(
      "INSERT INTO monitor.cleanup_actions SELECT host_id, time, run_id, 1, '', '', '', '', '', '', "
      "0, 0, NULL, NULL, NULL, NULL, 0, '' FROM monitor.cleanup_runs");
  const MaintenanceReport first = maintain({.holder = 1, .rows_max = old_rows_chunk});
  EXPECT_FALSE(first.finished);
  MaintenanceReport last = maintain();
  EXPECT_TRUE(last.finished);
  EXPECT_EQ(first.rows_deleted + last.rows_deleted, 12'001U + 1U + 1U + 1U + 1U);
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(host) FROM monitor.system_monitor"), "it's");
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(event_id) FROM monitor.events"), "2");
  EXPECT_EQ(count("job_runs"), "0");
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(run_id) FROM monitor.cleanup_runs"), "2");
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(run_id) FROM monitor.cleanup_actions"), "2");
  EXPECT_THAT(maintain().actions, IsEmpty());
}

TEST_P(MysqlMaintenanceTest, OldEpochsLeaveButNeverTheNewestOfAHost) {
  server_.execute(
      "INSERT INTO monitor.deliveries VALUES (1, 11, 5, '2001-01-01', '2001-01-01'), "
      "(1, 12, 5, NULL, '2001-02-01'), (1, 13, 5, '2001-03-02', '2001-03-01'), "
      "(2, 21, 5, UTC_TIMESTAMP(), '2001-01-01'), (2, 22, 5, '2001-01-02', '2001-01-02')");
  EXPECT_EQ(maintain().rows_deleted, 2U);
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(epoch ORDER BY epoch) FROM monitor.deliveries"), "13,21,22");
}

TEST_P(MysqlMaintenanceTest, WithoutTheRightTheReportHasTheGrantThatHelps) {
  partition_as_of("samples", 30);
  server_.execute("INSERT INTO monitor.events VALUES (1, '2001-01-01', 1, 'k', 's', 'm')");
  const MaintenanceReport report = maintain({.holder = 1}, "caretaker");
  EXPECT_EQ(report.partitions_added, 15U);
  EXPECT_THAT(report.problems,
              Contains(HasSubstr("the old partitions " + name(-30) + " of samples cannot be dropped")));
  EXPECT_THAT(report.problems, Contains(HasSubstr("old rows of events cannot be deleted")));
  EXPECT_THAT(report.fix, HasSubstr("caretakerctl mysql maintain"));
  server_.execute(report.fix.substr(report.fix.find("GRANT")));
  const MaintenanceReport again = maintain({.holder = 1}, "caretaker");
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(again.fix, "");
  EXPECT_EQ(again.partitions_dropped, 1U);
  EXPECT_EQ(again.rows_deleted, 1U);
}

TEST_P(MysqlMaintenanceTest, AMissingRightIsNoProblemWhileTheTimerMayStillCome) {
  const MaintenanceOptions patient{.holder = 1, .denial_grace = std::chrono::hours(48)};
  partition_as_of("samples", 8);
  EXPECT_THAT(maintain(patient, "caretaker").problems, IsEmpty());
  partition_as_of("samples", 30);
  EXPECT_THAT(maintain(patient, "caretaker").problems, ElementsAre(HasSubstr("cannot be dropped")));
}

TEST_P(MysqlMaintenanceTest, OnlyOneHostDoesIt) {
  MysqlConnection connection = connect();
  auto lease = MysqlLease::take(connection, maintenance_lease, 7);
  ASSERT_TRUE(lease);
  ASSERT_TRUE(*lease);
  partition_as_of("samples", 30);
  EXPECT_TRUE(maintain().elsewhere);
  EXPECT_EQ(partitions("samples"), "2");
  lease->reset();
  EXPECT_EQ(maintain().partitions_added, 15U);
}

TEST_P(MysqlMaintenanceTest, ALeaseThatWasLostEndsTheRun) {
  MysqlConnection connection = connect();
  auto lease = MysqlLease::take(connection, maintenance_lease, 7);
  ASSERT_TRUE(lease);
  ASSERT_TRUE(*lease);
  server_.execute("UPDATE monitor.leases SET holder = 8 WHERE name = 'maintenance'");
  EXPECT_FALSE((*lease)->renew());
}

TEST_P(MysqlMaintenanceTest, AServerWhoseClockIsFarOffKeepsEverything) {
  MysqlConnection connection = connect();
  ASSERT_TRUE(connection.execute("SET timestamp = UNIX_TIMESTAMP() + 86400 * 365"));
  const auto report = maintain_mysql(connection, config_, "system_monitor", {.holder = 1});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("clocks")));
  EXPECT_THAT(report->actions, IsEmpty());
  EXPECT_EQ(partitions("samples"), "9");
}

TEST_P(MysqlMaintenanceTest, ForeignPartitionsAreLeftAlone) {
  server_.execute("ALTER TABLE monitor.samples REMOVE PARTITIONING");
  server_.execute("INSERT INTO monitor.samples VALUES (1, '2001-01-01', 1)");
  server_.execute("ALTER TABLE monitor.samples_1m REMOVE PARTITIONING");
  server_.execute(
      "ALTER TABLE monitor.samples_1m PARTITION BY RANGE (TO_DAYS(time)) (PARTITION p20010101 VALUES "
      "LESS THAN (733000), PARTITION pmax VALUES LESS THAN (MAXVALUE))");
  const MaintenanceReport report = maintain();
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("samples is not partitioned"),
                                           HasSubstr("samples_1m is partitioned in a way")));
  EXPECT_THAT(report.actions, IsEmpty());
  EXPECT_EQ(count("samples"), "1");
}

TEST_P(MysqlMaintenanceTest, AServerKilledWhileItMovesRowsLosesNone) {
  partition_as_of("samples", 30);
  server_.execute("INSERT INTO monitor.samples SELECT seq, UTC_TIMESTAMP() - INTERVAL 1 DAY, 1 FROM " +
                  numbers_below(200000));
  {
    std::jthread maintainer([this] {
      MysqlConnection connection = connect();
      (void)maintain_mysql(connection, config_, "system_monitor", {.holder = 1});
    });
    EXPECT_TRUE(eventually([this] {
      return server_.value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER%'") !=
                 "0" ||
             partitions("samples") != "2";
    }));
    server_.kill();
  }
  server_.start();
  maintain();
  EXPECT_EQ(count("samples"), "200000");
  EXPECT_EQ(count("samples PARTITION (" + name(-1) + ")"), "200000");
  EXPECT_THAT(maintain().actions, IsEmpty());
}

TEST_P(MysqlMaintenanceTest, AnAdministratorNeedsNoDaemon) {
  server_.execute("DROP DATABASE monitor");
  const auto missing = connect_and_maintain_mysql(config_, true);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("monitor"));
  const auto made = connect_and_maintain_mysql(config_, false);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(partitions("samples"), "9");
  config_.password = Secret("wrong");
  const auto refused = connect_and_maintain_mysql(config_, false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("check [mysql] user"));
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlMaintenanceTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
