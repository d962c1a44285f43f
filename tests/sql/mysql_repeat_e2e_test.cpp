// SPDX-License-Identifier: MIT
// Deliveries that are repeated, and rollups, on servers that refuse some rows or find a transaction too
// large.
#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlRepeatTest : public MysqlDeliveryTest {
 protected:
  // From now on the server finds a transaction too large that brings more rows of the table than this, as a
  // group (MySQL error 3100) would. Every transaction of ours begins with the row of the host.
  void limit_transactions_to(int rows, const std::string& table) {
    server_.execute(
        "CREATE TRIGGER monitor.begin_transaction BEFORE INSERT ON monitor.hosts FOR EACH ROW SET "
        "@rows = 0");
    server_.execute("CREATE TRIGGER monitor.count_rows BEFORE INSERT ON monitor." + table +
                    " FOR EACH ROW BEGIN SET @rows = @rows + 1; IF @rows > " + std::to_string(rows) +
                    " THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 3100, MESSAGE_TEXT = 'too large'; "
                    "END IF; END");
  }
  void repeat(MysqlDelivery& delivery) {
    delivery.redeliver(1);
    const auto done = delivery.flush({});
    ASSERT_TRUE(done) << done.error().message;
  }
  void append_run(const std::string& job) {
    store_->append(JobRun{time_ms_, job, 5, 1, 0, 0, false, "", ""});
    ASSERT_TRUE(store_->flush(60s));
  }
  // What the events of this kind say, after those that were raised meanwhile are delivered.
  std::string told(MysqlDelivery& delivery, const std::string& kind) {
    EXPECT_TRUE(store_->flush(60s));
    EXPECT_TRUE(delivery.flush({}));
    return server_.value("SELECT GROUP_CONCAT(message) FROM monitor.events WHERE kind = '" + kind + "'");
  }
};

TEST_P(MysqlRepeatTest, ARepeatThatIsTooLargeIsSentInSmallerTransactions) {
  collect(100);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("DELETE FROM monitor.samples");
  limit_transactions_to(50, "samples");
  repeat(delivery);
  EXPECT_EQ(delivery.status().restored, 500U);
  EXPECT_THAT(told(delivery, "redelivered"), HasSubstr("500 of them were missing"));
  expect_everything_arrived_once();
}

TEST_P(MysqlRepeatTest, RollupsThatAreTooLargeAreSentInSmallerTransactions) {
  time_ms_ = time_ms_ / 60'000 * 60'000;
  collect(250);
  deliver();
  EXPECT_EQ(count("samples_1m"), "20");
  server_.execute("DELETE FROM monitor.samples_1m");
  limit_transactions_to(5, "samples_1m");  // one minute
  MysqlDelivery delivery(config_, host_, *store_);
  repeat(delivery);
  EXPECT_EQ(count("samples_1m"), "20");
}

TEST_P(MysqlRepeatTest, ARowThatIsRefusedNowDoesNotHoldBackTheOthersOfTheRepeat) {
  collect(2);
  append_run(std::string(200, 'j'));
  append_run("fine");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(count("job_runs"), "2");
  server_.execute("DELETE FROM monitor.job_runs");
  server_.execute("DELETE FROM monitor.samples");
  server_.execute("ALTER TABLE monitor.job_runs MODIFY job VARCHAR(100) NOT NULL");
  repeat(delivery);
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(job) FROM monitor.job_runs"), "fine");
  EXPECT_EQ(delivery.status().restored, 10U);
  EXPECT_THAT(told(delivery, "rows_refused"), HasSubstr("1 rows that were sent again; the first: "));
  expect_everything_arrived_once();
  server_.execute("ALTER TABLE monitor.job_runs MODIFY job VARCHAR(255) NOT NULL");
  repeat(delivery);
  EXPECT_EQ(count("job_runs"), "2") << "it is not given up";
}

TEST_P(MysqlRepeatTest, OfASeriesThatIsRefusedNowNothingIsRepeated) {
  collect(2);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("DELETE FROM monitor.samples");
  server_.execute("DELETE FROM monitor.series");
  server_.execute("ALTER TABLE monitor.series MODIFY metric VARCHAR(10) NOT NULL");
  MysqlDelivery another(config_, host_, *store_);  // the other one believes that the series are there
  repeat(another);
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(DISTINCT metric) FROM monitor.metrics"), "load1");
  EXPECT_EQ(count("samples"), "6") << "three series, twice";
  EXPECT_THAT(told(another, "rows_refused"), HasSubstr("the server refused 4 rows that were sent again"));
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlRepeatTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
