// SPDX-License-Identifier: MIT
// What the views read, by the server's own counters: no plan of an optimizer is trusted.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "base/parse.h"
#include "sql/mysql_maintenance.h"
#include "sql/mysql_schema.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

constexpr int hosts = 20;
constexpr int metrics = 10;

// Three days of rows, one per series in five minutes; metric9 ended an hour ago.
constexpr const char* fill[] = {
    "CREATE TABLE digits (n INT PRIMARY KEY)",
    "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
    "CREATE TABLE numbers (n INT PRIMARY KEY)",
    "INSERT INTO numbers SELECT a.n + 10 * b.n + 100 * c.n FROM digits AS a, digits AS b, digits AS c",
    "ALTER TABLE samples REMOVE PARTITIONING",
    "SET @first_day = DATE(UTC_TIMESTAMP() - INTERVAL 4 DAY)",
    "SET @statement = CONCAT('ALTER TABLE samples PARTITION BY RANGE COLUMNS (time) (PARTITION p0 VALUES "
    "LESS THAN "
    "(''', @first_day, '''), PARTITION pmax VALUES LESS THAN (MAXVALUE))')",
    "PREPARE partitioning FROM @statement",
    "EXECUTE partitioning",
    "INSERT INTO hosts (host_id, host, first_seen) SELECT n, CONCAT('host', n), UTC_TIMESTAMP() FROM numbers "
    "WHERE "
    "n < 20",
    "INSERT INTO series SELECT CRC32(CONCAT(h.n, '-', m.n)) * 1024 + 10 * h.n + m.n, h.n, CONCAT('metric', "
    "m.n), "
    "'{}', '', 'gauge' FROM numbers AS h, digits AS m WHERE h.n < 20",
    "SET @now = UTC_TIMESTAMP()",
    "INSERT INTO samples SELECT series_id, @now - INTERVAL 5 * n MINUTE, n FROM series, numbers WHERE n < 3 "
    "* 288 AND "
    "(metric <> 'metric9' OR n >= 12)",
};

class MysqlViewsTest : public testing::TestWithParam<Engine> {
 protected:
  MysqlViewsTest() : connection_(connect()) {
    for (const char* statement : fill) execute(statement);
    const auto maintained =
        maintain_mysql(connection_, server_.config("root", "", "monitor"), "system_monitor", {.holder = 1});
    if (!maintained) throw std::runtime_error(maintained.error().message);
  }

  MysqlConnection connect() {
    auto connection = MysqlConnection::connect(server_.config("root", "", ""), Secret());
    if (!connection || !bring_up_mysql_schema(*connection, "monitor", 1))
      throw std::runtime_error("no schema");
    return std::move(*connection);
  }
  void execute(const std::string& statement) {
    const auto done = connection_.execute(statement);
    if (!done) throw std::runtime_error(statement + ": " + done.error().message);
  }
  std::uint64_t number(const std::string& question) {
    const auto rows = connection_.query(question);
    if (!rows) throw std::runtime_error(question + ": " + rows.error().message);
    return parse_number<std::uint64_t>(rows->at(0).at(0).value_or("")).value();
  }
  // How many rows and keys the server looks at for `question`, whose first value is `count`.
  std::uint64_t reads_of(const std::string& question, std::uint64_t& count) {
    execute("FLUSH STATUS");
    count = number(question);
    const auto counters = connection_.query("SHOW SESSION STATUS LIKE 'Handler_read_%'");
    if (!counters) throw std::runtime_error(counters.error().message);
    std::uint64_t reads = 0;
    for (const SqlRow& row : *counters) {
      if (row.at(0) == "Handler_read_rnd_deleted") continue;
      reads += parse_number<std::uint64_t>(row.at(1).value_or("")).value();
    }
    return reads;
  }

  SqlServer server_{GetParam()};
  MysqlConnection connection_;
};

TEST_P(MysqlViewsTest, AnHourOfOneMetricReadsItsSeriesOfThatDayOnly) {
  std::uint64_t found = 0;
  const std::uint64_t reads = reads_of(
      "SELECT COUNT(value) FROM metrics WHERE host = 'host7' AND metric = 'metric3' AND time > "
      "UTC_TIMESTAMP() - "
      "INTERVAL 1 HOUR",
      found);
  EXPECT_GE(found, 11U);
  EXPECT_LE(found, 12U);
  const std::uint64_t rows_of_the_day = number(
      "SELECT COUNT(*) FROM samples JOIN series USING (series_id) WHERE host_id = 7 AND metric = 'metric3' "
      "AND "
      "time >= DATE(UTC_TIMESTAMP() - INTERVAL 1 HOUR)");
  constexpr std::uint64_t look_ups = 50;  // of the host, the series, and the series' place in every partition
  EXPECT_LE(reads, rows_of_the_day + look_ups);
}

TEST_P(MysqlViewsTest, TheNewestValuesOfAllHostsAreFoundByOneLookUpEach) {
  const std::uint64_t partitions = number(
      "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'monitor' AND TABLE_NAME = "
      "'samples'");
  std::uint64_t found = 0;
  const std::uint64_t of_one =
      reads_of("SELECT COUNT(value) FROM metrics_now WHERE metric = 'metric3'", found);
  EXPECT_EQ(found, static_cast<std::uint64_t>(hosts));
  EXPECT_LE(of_one, hosts * 4 * partitions);
  const std::uint64_t of_all = reads_of("SELECT COUNT(value) FROM metrics_now", found);
  EXPECT_EQ(found, static_cast<std::uint64_t>(hosts * (metrics - 1)));
  EXPECT_LE(of_all, hosts * metrics * 4 * partitions);
}

TEST_P(MysqlViewsTest, ASeriesThatEndedHasNoNewestValueAndCostsNoMore) {
  const std::uint64_t partitions = number(
      "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = 'monitor' AND TABLE_NAME = "
      "'samples'");
  std::uint64_t found = 1;
  const std::uint64_t reads =
      reads_of("SELECT COUNT(value) FROM metrics_now WHERE metric = 'metric9'", found);
  EXPECT_EQ(found, 0U);
  EXPECT_LE(reads, hosts * 4 * partitions);
}

TEST_P(MysqlViewsTest, TheNewestValueIsTheNewest) {
  EXPECT_EQ(number("SELECT value FROM metrics_now WHERE host = 'host7' AND metric = 'metric3'"), 0U);
  execute(
      "INSERT INTO samples SELECT series_id, UTC_TIMESTAMP() + INTERVAL 1 SECOND, 77 FROM series WHERE "
      "host_id = "
      "7 AND metric = 'metric3'");
  EXPECT_EQ(number("SELECT value FROM metrics_now WHERE host = 'host7' AND metric = 'metric3'"), 77U);
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlViewsTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
