// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/parse.h"
#include "sql/mysql_ledger.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_writer.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

constexpr std::int64_t epoch = 77;
constexpr std::int64_t noon_ms = 1'767'268'800'000;  // 2026-01-01 12:00:00 UTC

class MysqlWriterTest : public testing::TestWithParam<Engine> {
 protected:
  MysqlWriterTest() : connection_(connect()), writer_(connection_, host_, "system_monitor", {"*"}) {
    if (!open_epoch(connection_, host_.id, epoch, {0, 0})) throw std::runtime_error("no ledger");
  }

  MysqlConnection connect() {
    auto connection = MysqlConnection::connect(server_.config("root", "", ""), Secret());
    if (!connection || !bring_up_mysql_schema(*connection, "monitor", 1))
      throw std::runtime_error("no schema");
    return std::move(*connection);
  }

  static StoredBatch empty_batch(std::int64_t seq, std::string collector) {
    StoredBatch batch;
    batch.seq = seq;
    batch.time_ms = noon_ms + seq * 1000;
    batch.collector = std::move(collector);
    return batch;
  }
  StoredBatch batch(std::int64_t seq, std::vector<double> values, std::string collector = "load") {
    StoredBatch batch = empty_batch(seq, std::move(collector));
    for (std::size_t i = 0; i < values.size(); ++i) batch.samples.push_back({&series_.at(i), values[i]});
    return batch;
  }
  Delivered deliver(const std::vector<StoredBatch>& batches, std::int64_t from_seq, bool redelivery = false) {
    const auto done = writer_.deliver(batches, {epoch, from_seq, redelivery});
    if (!done) throw std::runtime_error(done.error().message);
    return *done;
  }
  std::string count(const std::string& table) {
    return server_.value("SELECT COUNT(*) FROM monitor." + table);
  }

  SqlServer server_{GetParam()};
  HostIdentity host_{.id = -5, .name = "web'1", .machine_id = "", .boot_id = ""};
  std::vector<StoredSeries> series_{
      {-1, "load", "load1", "{}", "", "gauge"},
      {2, "system", "system_cpu_usage_percent", "{}", "percent", "gauge"},
      {3, "system", "system_network_received_bytes_per_second", R"({"path":"C:\\ 'x'"})", "bytes", "gauge"}};
  MysqlConnection connection_;
  MysqlWriter writer_;
};

TEST_P(MysqlWriterTest, ValuesArriveExactly) {
  using Limits = std::numeric_limits<double>;
  const std::vector<double> values = {0.1,
                                      1.0 / 3,
                                      -2.5e-300,
                                      Limits::max(),
                                      Limits::min(),
                                      123456789.12345678,
                                      9'007'199'254'740'993.0,
                                      1e22,
                                      18'446'744'073'709'551'615.0,
                                      5e-30,
                                      0.0000123456789012345678};
  std::vector<StoredBatch> batches;
  for (std::size_t i = 0; i < values.size(); ++i) {
    batches.push_back(batch(static_cast<std::int64_t>(i) + 1, {values[i]}));
  }
  const Delivered done = deliver(batches, 0);
  EXPECT_TRUE(done.ledger_matched);
  EXPECT_EQ(done.rows, values.size());
  const auto rows = server_.query("SELECT value FROM monitor.samples ORDER BY time");
  ASSERT_EQ(rows.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(parse_number<double>(*rows.at(i).at(0)), values[i]);
  }
}

TEST_P(MysqlWriterTest, TheViewNamesHostMetricAndLabels) {
  deliver({batch(1, {1, 2, 3})}, 0);
  const auto rows = server_.query(
      "SELECT time, host, metric, labels, value, unit FROM monitor.metrics ORDER BY metric DESC LIMIT 1");
  EXPECT_EQ(rows.at(0),
            (SqlRow{"2026-01-01 12:00:01.000", "web'1", "system_network_received_bytes_per_second",
                    R"({"path":"C:\\ 'x'"})", "3", "bytes"}));
}

TEST_P(MysqlWriterTest, TheLedgerMovesWithTheRows) {
  deliver({batch(1, {1}), batch(2, {1})}, 0);
  const auto ledger = read_ledger(connection_, host_.id, epoch);
  ASSERT_TRUE(ledger) << ledger.error().message;
  ASSERT_TRUE(ledger->row);
  EXPECT_EQ(ledger->row->last_seq, 2);
  EXPECT_EQ(ledger->row->last_time_ms, noon_ms + 2000);
  EXPECT_EQ(ledger->others_until_ms, 0);
}

TEST_P(MysqlWriterTest, AnotherPositionInTheLedgerWritesNothing) {
  deliver({batch(1, {1})}, 0);
  EXPECT_FALSE(deliver({batch(2, {1})}, 0).ledger_matched);
  EXPECT_EQ(count("samples"), "1");
  EXPECT_TRUE(deliver({batch(2, {1})}, 1).ledger_matched);
  EXPECT_EQ(count("samples"), "2");
}

TEST_P(MysqlWriterTest, ARowThatIsThereAlreadyIsAnErrorThatLeavesNothingBehind) {
  deliver({batch(1, {1})}, 0);
  StoredBatch same_time = batch(2, {9, 9});
  same_time.time_ms = noon_ms + 1000;
  const auto refused = writer_.deliver(std::vector{same_time}, {epoch, 1, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 1062);
  EXPECT_EQ(count("samples"), "1");
  EXPECT_EQ(count("series"), "1");
  EXPECT_EQ(read_ledger(connection_, host_.id, epoch)->row->last_seq, 1);
}

TEST_P(MysqlWriterTest, RedeliveryKeepsTheFirstValueAndCountsTheRest) {
  deliver({batch(1, {1})}, 0);
  StoredBatch same_time = batch(2, {9, 9});
  same_time.time_ms = noon_ms + 1000;
  const Delivered done = deliver({same_time}, 1, true);
  EXPECT_EQ(done.rows, 2U);
  EXPECT_EQ(done.duplicates, 1U);
  EXPECT_EQ(server_.value("SELECT value FROM monitor.samples WHERE series_id = -1"), "1");
  EXPECT_EQ(count("series"), "2");
}

TEST_P(MysqlWriterTest, TheSystemCollectorFillsTheHeadlineTable) {
  deliver({batch(1, {1, 12.5, 300}, "system"), batch(2, {1, 2, 3}, "other"), batch(3, {1}, "system")}, 0);
  const auto rows = server_.query("SELECT * FROM monitor.system_monitor");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.at(0), (SqlRow{"web'1", "2026-01-01 12:00:01.000", "12.5", std::nullopt, std::nullopt,
                                std::nullopt, "300"}));
}

TEST_P(MysqlWriterTest, EventsAndJobRunsComeOnceHoweverOftenTheyAreSent) {
  StoredBatch events = empty_batch(1, "events");
  events.events = {{noon_ms, "clock_step", "", "3 s back"}, {noon_ms, "suspend", "", "it's \xFF"}};
  StoredBatch runs = empty_batch(2, "job_runs");
  runs.job_runs = {{noon_ms, "backup", 1500, 20, 0, 0, false, "done\n", ""},
                   {noon_ms, "backup", 9, 1, -1, 9, true, "", "killed"}};
  deliver({events, runs}, 0);
  events.seq = 3;
  runs.seq = 4;
  deliver({events, runs}, 2);
  EXPECT_EQ(count("events"), "2");
  EXPECT_EQ(count("job_runs"), "2");
  EXPECT_EQ(server_.value("SELECT message FROM monitor.events WHERE kind = 'suspend'"), "it's ?");
  const auto run = server_.query(
      "SELECT time, job, duration_ms, cpu_ms, exit_status, `signal`, timed_out, standard_output, "
      "standard_error "
      "FROM monitor.job_runs WHERE timed_out");
  EXPECT_EQ(run.at(0), (SqlRow{"2026-01-01 12:00:00.000", "backup", "9", "1", "-1", "9", "1", "", "killed"}));
}

TEST_P(MysqlWriterTest, ManyRowsGoInSeveralStatementsOfOneTransaction) {
  std::vector<StoredBatch> batches;
  for (std::int64_t seq = 1; seq <= 4'000; ++seq) batches.push_back(batch(seq, {1, 2, 3}));
  const Delivered done = deliver(batches, 0);
  EXPECT_EQ(done.rows, 12'000U);
  EXPECT_EQ(count("samples"), "12000");
}

TEST_P(MysqlWriterTest, ARenamedHostKeepsItsSeries) {
  deliver({batch(1, {1})}, 0);
  const HostIdentity renamed{.id = host_.id, .name = "web2", .machine_id = "", .boot_id = ""};
  MysqlWriter writer(connection_, renamed, "system_monitor", {"*"});
  ASSERT_TRUE(writer.deliver(std::vector{batch(2, {1})}, {epoch, 1, false}));
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics WHERE host = 'web2'"), "2");
}

TEST_P(MysqlWriterTest, ADeadServerIsAnErrorAndTheNextConnectionGoesOn) {
  deliver({batch(1, {1})}, 0);
  server_.kill();
  ASSERT_FALSE(writer_.deliver(std::vector{batch(2, {1})}, {epoch, 1, false}));
  server_.start();
  MysqlConnection connection = connect();
  MysqlWriter writer(connection, host_, "system_monitor", {"*"});
  const auto done = writer.deliver(std::vector{batch(2, {1})}, {epoch, 1, false});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(count("samples"), "2");
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlWriterTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
