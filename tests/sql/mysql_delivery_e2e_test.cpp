// SPDX-License-Identifier: MIT
#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_P(MysqlDeliveryTest, BringsEverySampleExactlyAsItIsInTheLocalStore) {
  collect(20);
  store_->append(Event{time_ms_, "clock_step", "", "3 s back"});
  store_->append(JobRun{time_ms_, "backup", 5, 1, 0, 0, false, "done", ""});
  wait_until([&] { return store_->status().last_seq == 42; });
  MysqlDelivery delivery(config_, host_, *store_);
  const auto done = delivery.flush({});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(local_samples().size(), 100U);
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("system_monitor"), "20");
  EXPECT_EQ(count("events"), "1");
  EXPECT_EQ(count("job_runs"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics WHERE host = 'web1' AND metric = 'load1'"),
            "60");
  const DeliveryStatus status = delivery.status();
  EXPECT_TRUE(status.connected);
  EXPECT_THAT(status.server, StartsWith(name_of(GetParam()) + " "));
  EXPECT_THAT(status.server, HasSubstr("at 127.0.0.1:"));
  EXPECT_EQ(status.last_error, "");
  EXPECT_EQ(status.rows, 100U);
  EXPECT_EQ(status.duplicates, 0U);
  wait_until([&] { return store_->status().delivered_seq == 42; });
  EXPECT_EQ(store_->status().counters.delivered, 100U);
}

TEST_P(MysqlDeliveryTest, ARefusedRowIsSetAsideAndTheRestGoesOn) {
  collect(2);
  store_->append(JobRun{time_ms_, std::string(300, 'j'), 5, 1, 0, 0, false, "", ""});
  store_->append(JobRun{time_ms_, "fine", 5, 1, 0, 0, false, "", ""});
  wait_until([&] { return store_->status().last_seq == 6; });
  MysqlDelivery delivery(config_, host_, *store_);
  wait_until([&] { return delivery.flush({}).has_value() && store_->status().delivered_seq >= 6; });
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(job) FROM monitor.job_runs"), "fine");
  EXPECT_EQ(delivery.status().refused, 1U);
  StoreReader reader(path());
  EXPECT_EQ(reader.batches(0, 1000)->size(), 7U) << "the event that tells about it is new";
}

TEST_P(MysqlDeliveryTest, ARefusedSampleIsCountedAndStaysInTheLocalStore) {
  deliver();
  server_.execute("ALTER TABLE monitor.samples MODIFY value FLOAT NOT NULL");  // up to 3.4e38
  collect(1);
  SampleBatch batch;
  batch.start("load", {.time_ms = time_ms_ + 500, .monotonic_ns = 0, .discontinuities = 0});
  batch.add(series_[0], 1.0);
  batch.add(series_[1], 1e300);
  store_->append(batch);
  collect(1);
  MysqlDelivery delivery(config_, host_, *store_);
  wait_until([&] { return delivery.flush({}).has_value() && store_->status().counters.pending == 0; });
  const StoreCounters counters = store_->status().counters;
  EXPECT_EQ(counters.collected, 12U);
  EXPECT_EQ(counters.delivered, 11U);
  EXPECT_EQ(counters.dropped.at("refused"), 1U);
  EXPECT_EQ(count("samples"), "11");
  wait_until([&] { return delivery.flush({}).has_value() && count("events") == "2"; });
  EXPECT_THAT(server_.value("SELECT message FROM monitor.events WHERE kind = 'rows_refused'"),
              HasSubstr("the server refused 1 rows"));
}

TEST_P(MysqlDeliveryTest, ATableThatRefusesEverythingHoldsTheCursor) {
  deliver();
  server_.execute("ALTER TABLE monitor.samples ADD CONSTRAINT nothing CHECK (value < -1)");
  collect(300);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("nothing"));
  EXPECT_EQ(store_->status().delivered_seq, 0);
  EXPECT_TRUE(store_->status().counters.dropped.empty());
}

TEST_P(MysqlDeliveryTest, RollupsFollowTheSamplesAndALaterOneReplacesAnEarlier) {
  time_ms_ = time_ms_ / 3'600'000 * 3'600'000;  // the next tick is one second into an hour
  const std::int64_t hour_ms = time_ms_;
  collect(130);
  deliver();
  EXPECT_EQ(count("samples_1m"), "10") << "two minutes of five series, the third is open";
  EXPECT_EQ(count("samples_1h"), "0");
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(DISTINCT count ORDER BY count) FROM monitor.samples_1m"),
            "59,60");
  const std::string rows =
      "SELECT CONCAT_WS(' ', COUNT(*), SUM(r.count = s.n), SUM(r.min = s.low), SUM(r.max = s.high), "
      "SUM(ABS(r.sum - s.total) < 1e-6 * ABS(s.total)), SUM(r.last = s.newest)) FROM monitor.samples_1m AS r "
      "JOIN (SELECT series_id, DATE_FORMAT(time, '%Y-%m-%d %H:%i:00') AS minute, COUNT(*) AS n, "
      "MIN(value) AS low, MAX(value) AS high, SUM(value) AS total, "
      "SUBSTRING_INDEX(GROUP_CONCAT(value ORDER BY time DESC), ',', 1) + 0e0 AS newest FROM monitor.samples "
      "GROUP BY series_id, minute) AS s ON s.series_id = r.series_id AND s.minute = r.time";
  EXPECT_EQ(server_.value(rows), "10 10 10 10 10 10");

  time_ms_ = hour_ms + 30'500;  // late: the first minute gets another sample
  collect(1);
  time_ms_ = hour_ms + 3'600'000;
  collect(58);
  deliver();
  EXPECT_EQ(server_.value(rows), "15 15 15 15 15 10") << "a late sample is the last that was stored";
  EXPECT_EQ(count("samples_1h"), "0") << "the hour is written when a minute of the next one is complete";
  collect(60);
  deliver();
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(DISTINCT count) FROM monitor.samples_1h"), "131");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.metrics_1h WHERE host = 'web1' AND metric = 'load1'"),
            "3");
}

TEST_P(MysqlDeliveryTest, WhatTheServerLostIsSentAgainWhenAskedFor) {
  collect(200);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  const std::int64_t since_ms = time_ms_ - 150'000;
  server_.execute("DELETE FROM monitor.samples WHERE time > " + time_literal(since_ms + 500) +
                  " AND series_id = " + std::to_string(cpu_->id));
  server_.execute("DELETE FROM monitor.samples_1m");
  server_.execute("DELETE FROM monitor.system_monitor");
  ASSERT_NE(server_samples(), local_samples());
  delivery.redeliver(since_ms);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(delivery.status().restored, 150U);
  EXPECT_NE(count("samples_1m"), "0");
  EXPECT_EQ(count("system_monitor"), "151");
  EXPECT_EQ(count("deliveries"), "1");
  wait_until([&] { return delivery.flush({}).has_value() && count("events") == "1"; });
  EXPECT_THAT(server_.value("SELECT message FROM monitor.events"), HasSubstr("150 of them were missing"));
}

TEST_P(MysqlDeliveryTest, AnotherAgentWithTheSameMachineIdIsReported) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(2);
  ASSERT_TRUE(delivery.flush({}));
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("UPDATE monitor.hosts SET epoch = 4711");  // as the other one does with every delivery
  collect(2);
  ASSERT_TRUE(delivery.flush({}));
  collect(2);
  server_.execute("UPDATE monitor.hosts SET epoch = 4711");
  ASSERT_TRUE(delivery.flush({}));
  wait_until([&] { return delivery.flush({}).has_value() && count("events") == "1"; });
  EXPECT_EQ(server_.value("SELECT kind FROM monitor.events"), "machine_id_cloned");
  EXPECT_EQ(server_samples(), local_samples());
}

TEST_P(MysqlDeliveryTest, OnlyTheMetricsOfRawAreSentAsSamples) {
  config_.raw = {"system_*", "nothing"};
  collect(10);
  deliver();
  EXPECT_EQ(count("samples"), "10");
  wait_until([&] { return store_->status().counters.delivered == 50; });
  EXPECT_EQ(count("series"), "5");
}

TEST_P(MysqlDeliveryTest, AWrongPasswordSaysWhatToFixAndIsNotTriedAgainAtOnce) {
  collect(1);
  config_.password = Secret("a wrong one");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  const DeliveryStatus status = delivery.status();
  EXPECT_THAT(status.last_error, HasSubstr("check [mysql] user (caretaker)"));
  EXPECT_THAT(status.last_error, Not(HasSubstr("a wrong one")));
  EXPECT_FALSE(status.connected);
  EXPECT_EQ(status.retries, 1U);
}

TEST_P(MysqlDeliveryTest, WithoutRightsTheStatusHasTheGrant) {
  server_.execute("REVOKE ALL PRIVILEGES ON monitor.* FROM caretaker@'%'");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("GRANT SELECT, INSERT"));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("ON `monitor`.* TO 'caretaker'@'%';"));
}

TEST_P(MysqlDeliveryTest, AnUnreachableServerNamesItsAddress) {
  config_.port = 1;
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("nothing answers at 127.0.0.1:1"));
}

TEST_P(MysqlDeliveryTest, APasswordFileThatCannotBeReadIsAnError) {
  config_.password = Secret();
  config_.password_file = dir_.path("missing");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr(config_.password_file));
}

TEST_P(MysqlDeliveryTest, AForeignSystemMonitorIsLeftAloneAndNoted) {
  server_.execute("CREATE TABLE monitor.system_monitor (id INT PRIMARY KEY, cpu_usage FLOAT)");
  collect(3);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_THAT(delivery.status().notes, ElementsAre(HasSubstr("caretaker_system_monitor")));
  EXPECT_EQ(count("system_monitor"), "0");
  EXPECT_EQ(count("caretaker_system_monitor"), "3");
}

TEST_P(MysqlDeliveryTest, WithoutTheRightToAddPartitionsDeliveryGoesOnWithANote) {
  deliver();
  // All but today: some of them were to be made days ago.
  server_.execute("ALTER TABLE monitor.samples DROP PARTITION " +
                  server_.value("SELECT GROUP_CONCAT(PARTITION_NAME) FROM information_schema.PARTITIONS "
                                "WHERE TABLE_NAME = 'samples' AND PARTITION_NAME <> 'pmax' AND "
                                "PARTITION_ORDINAL_POSITION > 1"));
  server_.execute("REVOKE ALTER ON monitor.* FROM caretaker@'%'");
  collect(2);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_THAT(delivery.status().notes, ElementsAre(HasSubstr("cannot be made")));
  EXPECT_EQ(count("samples"), "10");
}

TEST_P(MysqlDeliveryTest, StopLeavesTheRestWhereItIs) {
  collect(2);
  std::stop_source stop;
  stop.request_stop();
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush(stop.get_token()));
  EXPECT_EQ(store_->status().delivered_seq, 0);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(count("samples"), "10");
}

class MysqlPacketTest : public testing::TestWithParam<Engine> {};

TEST_P(MysqlPacketTest, WhatIsTooLargeForTheServerHoldsOnlyItselfBack) {
  SqlServer server(GetParam(), {"--max-allowed-packet=64K"});
  const TempDir dir;
  const HostIdentity host{.id = 1, .name = "web1", .machine_id = "", .boot_id = "boot"};
  auto store =
      LocalStore::start({.path = dir.path("metrics.db"), .commit_interval = 5ms}, host, [](const Event&) {});
  ASSERT_TRUE(store) << store.error().message;
  (*store)->append(Event{an_hour_ago_ms(), "small", "", ""});
  (*store)->append(JobRun{an_hour_ago_ms(), "talkative", 5, 1, 0, 0, false, std::string(200'000, 'x'), ""});
  wait_until([&] { return (*store)->status().last_seq == 2; });
  MysqlDelivery delivery(server.config("root", "", "monitor"), host, **store);
  EXPECT_FALSE(delivery.flush({}));
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM monitor.events"), "1");
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM monitor.job_runs"), "0");
  EXPECT_THAT(delivery.status().last_error, HasSubstr("raise max_allowed_packet"));
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlPacketTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });
INSTANTIATE_TEST_SUITE_P(Engines, MysqlDeliveryTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
