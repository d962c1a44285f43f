// SPDX-License-Identifier: MIT
#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"

namespace caretaker {
namespace {

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

TEST_P(MysqlDeliveryTest, ARefusedRowHoldsTheCursorAndIsShown) {
  collect(1);
  store_->append(JobRun{time_ms_, std::string(300, 'j'), 5, 1, 0, 0, false, "", ""});
  wait_until([&] { return store_->status().last_seq == 3; });
  MysqlDelivery delivery(config_, host_, *store_);
  EXPECT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("1406"));
  EXPECT_EQ(count("samples"), "0");
  EXPECT_EQ(store_->status().delivered_seq, 0);
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
  EXPECT_THAT(delivery.status().note, HasSubstr("caretaker_system_monitor"));
  EXPECT_EQ(count("system_monitor"), "0");
  EXPECT_EQ(count("caretaker_system_monitor"), "3");
}

TEST_P(MysqlDeliveryTest, WithoutTheRightToAddPartitionsDeliveryGoesOnWithANote) {
  deliver();
  server_.execute("ALTER TABLE monitor.samples DROP PARTITION " +
                  server_.value("SELECT MAX(PARTITION_NAME) FROM information_schema.PARTITIONS "
                                "WHERE TABLE_NAME = 'samples' AND PARTITION_NAME <> 'pmax'"));
  server_.execute("REVOKE ALTER ON monitor.* FROM caretaker@'%'");
  collect(2);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_THAT(delivery.status().note, HasSubstr("cannot add partitions"));
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
