// SPDX-License-Identifier: MIT
// What servers do to their clients: restarts, read-only, no connection left, locks, passwords, a full disk.
#include <thread>

#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlServerFaultTest : public MysqlDeliveryTest {
 protected:
  MysqlConnection connect(const MysqlConfig& config) {
    auto connection = MysqlConnection::connect(config, config.password);
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }
};

TEST_P(MysqlServerFaultTest, ARestartBetweenTwoFlushesIsOnlyADelay) {
  MysqlDelivery delivery(config_, host_, *store_);
  for (int round = 0; round < 2; ++round) {
    collect(3);
    flush_until_done(delivery);
    server_.stop();
    collect(3);
    server_.start();
  }
  flush_until_done(delivery);
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, ARestartInTheMiddleOfATransactionLosesAndDoublesNothing) {
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  collect(1'000);
  // Holds the delivery up behind the ledger.
  MysqlConnection other = connect(server_.config("root", "", "monitor"));
  ASSERT_TRUE(other.execute("START TRANSACTION"));
  ASSERT_TRUE(other.execute("INSERT INTO monitor.samples VALUES (" + std::to_string(cpu_->id) + ", " +
                            time_literal(time_ms_) + ", 99)"));
  Result<> done;
  {
    const std::jthread flush([&] { done = delivery.flush({}); });
    wait_for_server([&] { return server_.lock_waits() == 1; });
    server_.stop();
  }
  EXPECT_FALSE(done);
  server_.start();
  flush_until_done(delivery);
  EXPECT_EQ(delivery.status().duplicates, 0U);
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, AServerThatTurnsReadOnlyIsExplainedAndWaitedFor) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(3);
  ASSERT_TRUE(delivery.flush({}));
  server_.set_read_only(true);
  collect(3);
  const auto refused = delivery.flush({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("takes no writes"));
  server_.set_read_only(false);
  flush_until_done(delivery);
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, ATableIsNotMadeOnAReadOnlyServer) {
  server_.set_read_only(true);
  collect(3);
  EXPECT_FALSE(MysqlDelivery(config_, host_, *store_).flush({}));
  server_.set_read_only(false);
  deliver();
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, NoConnectionLeftIsExplainedAndTheNextOneDelivers) {
  collect(3);
  deliver();
  collect(3);
  {
    std::vector<MysqlConnection> crowd;
    crowd.reserve(32);
    server_.execute("SET GLOBAL max_connections = 10");  // the least that MariaDB takes
    MysqlConfig other = server_.config("other", "", "");
    server_.execute("CREATE USER other@'%'");
    for (auto one = MysqlConnection::connect(other, Secret()); one;
         one = MysqlConnection::connect(other, Secret())) {
      crowd.push_back(std::move(*one));
      ASSERT_LT(crowd.size(), 32U);
    }
    const auto refused = MysqlDelivery(config_, host_, *store_).flush({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, 1040);
    EXPECT_THAT(refused.error().message, HasSubstr("raise max_connections"));
  }
  wait_until([&] { return MysqlDelivery(config_, host_, *store_).flush({}).has_value(); });
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, ALockThatIsHeldTooLongIsWaitedForAgain) {
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  MysqlConnection other = connect(server_.config("root", "", "monitor"));
  ASSERT_TRUE(other.execute("START TRANSACTION"));
  ASSERT_TRUE(other.query("SELECT * FROM monitor.deliveries FOR UPDATE"));
  collect(3);
  Result<> done;
  {
    const std::jthread flush([&] { done = delivery.flush({}); });
    const auto waiting_since = [&] {
      return server_.value(
          "SELECT MIN(trx_started) FROM information_schema.INNODB_TRX"
          " WHERE trx_state = 'LOCK WAIT'");
    };
    wait_for_server([&] { return !waiting_since().empty(); });
    const std::string first = waiting_since();
    wait_for_server([&] { return !waiting_since().empty() && waiting_since() != first; });  // it gave up once
    EXPECT_TRUE(other.execute("ROLLBACK"));
  }
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(delivery.status().retries, 1U);
  expect_everything_arrived_once();
}

TEST_P(MysqlServerFaultTest, RowsBeyondTheLastPartitionArriveInTheCatchAll) {
  collect(3);
  deliver();
  time_ms_ += 30 * 86'400'000LL;
  collect(3);
  deliver();
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.samples PARTITION (pmax)"), "15");
  expect_everything_arrived_once();
}

class MysqlDiskTest : public MysqlDeliveryTest {
 protected:
  static constexpr std::uint64_t disk_bytes = 192U << 20;
  MysqlDiskTest() : MysqlDeliveryTest(disk_bytes) {}
};

TEST_P(MysqlDiskTest, AFullDiskOfTheServerIsExplainedAndLosesNothing) {
  collect(3);
  deliver();
  server_.fill_disk();
  collect(3'000);
  const auto refused = MysqlDelivery(config_, host_, *store_).flush({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("needs disk space"));
  EXPECT_EQ(count("samples"), "15");
  server_.free_disk();
  deliver();
  expect_everything_arrived_once();
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlDiskTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });
INSTANTIATE_TEST_SUITE_P(Engines, MysqlServerFaultTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
