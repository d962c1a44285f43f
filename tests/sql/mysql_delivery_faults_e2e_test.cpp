// SPDX-License-Identifier: MIT
#include <algorithm>
#include <thread>

#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

TEST_P(MysqlDeliveryTest, AnOutageOfTheServerLosesAndDoublesNothing) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(5);
  ASSERT_TRUE(delivery.flush({}));
  server_.kill();
  collect(5);
  const auto failed = delivery.flush({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, 2013);  // over TLS, too
  EXPECT_FALSE(delivery.status().connected);
  EXPECT_EQ(delivery.status().last_error, failed.error().message);
  collect(5);
  server_.start();
  flush_until_done(delivery);
  EXPECT_EQ(delivery.status().last_error, "");
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(delivery.status().duplicates, 0U);
}

TEST_P(MysqlDeliveryTest, KillingTheServerInTheMiddleOfATransactionLosesAndDoublesNothing) {
  deliver();
  std::int64_t last_series = cpu_->id;
  for (const SeriesRef& series : series_) last_series = std::max(last_series, series->id);
  for (int round = 0; round < 2; ++round) {
    collect(3'000);
    // Holds the delivery up behind the ledger and most of the rows.
    auto other = MysqlConnection::connect(server_.config("root", "", ""), Secret());
    ASSERT_TRUE(other && other->execute("START TRANSACTION"));
    ASSERT_TRUE(other->execute("INSERT INTO monitor.samples VALUES (" + std::to_string(last_series) + ", " +
                               time_literal(time_ms_) + ", 99)"));
    MysqlDelivery delivery(config_, host_, *store_);
    Result<> done;
    {
      const std::jthread flush([&] { done = delivery.flush({}); });
      wait_for_server([&] { return server_.lock_waits() == 1; });
      server_.kill();
    }
    EXPECT_FALSE(done);
    server_.start();
  }
  deliver();
  EXPECT_EQ(server_samples().size(), 30'000U);
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("system_monitor"), "6000");
}

TEST_P(MysqlDeliveryTest, ACommitWhoseReplyWasLostIsNotSentAgain) {
  collect(10);
  save_store("before delivery");
  deliver();
  restore_store("before delivery");  // the cursor never moved
  collect(3);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(delivery.status().rows, 15U);
  EXPECT_EQ(delivery.status().duplicates, 0U);
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("deliveries"), "1");
}

TEST_P(MysqlDeliveryTest, AStoreThatWentBackInTimeBeginsAnEpochAndNothingIsLostOrDoubled) {
  collect(10);
  deliver();
  save_store("old");
  collect(10);
  deliver();
  const Samples lost_locally = server_samples();
  restore_store("old");
  collect(3);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  Samples expected = lost_locally;
  expected.merge(local_samples());
  EXPECT_EQ(server_samples(), expected);
  EXPECT_EQ(server_samples().size(), 115U);
  EXPECT_EQ(count("deliveries"), "2");
  collect(3);
  flush_until_done(delivery);
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.events WHERE kind = 'epoch_begun'"), "1");
  EXPECT_EQ(server_samples().size(), 130U);
  // The epoch is the store's now: the next start goes on in it.
  deliver();
  EXPECT_EQ(count("deliveries"), "2");
}

TEST_P(MysqlDeliveryTest, SamplesTakenAgainAtTimesThatAreDeliveredKeepTheFirstValue) {
  collect(4);
  save_store("old");
  const std::int64_t then = time_ms_;
  collect(6);
  deliver();
  const Samples first = server_samples();
  restore_store("old");
  time_ms_ = then;  // the machine went back in time together with its store
  collect(3);
  time_ms_ += 10'000;
  collect(1);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(server_samples().size(), first.size() + 5);
  EXPECT_EQ(delivery.status().duplicates, 35U);
  EXPECT_EQ(delivery.status().retries, 0U);
}

TEST_P(MysqlDeliveryTest, TwoMachinesThatAreCopiesOfOneLoseAndDoubleNothing) {
  collect(5);
  deliver();
  save_store("clone.db");
  auto started = LocalStore::start({.path = dir_.path("clone.db"), .commit_interval = 5ms, .delivery = true},
                                   host_, [](const Event&) {});
  ASSERT_TRUE(started) << started.error().message;
  std::unique_ptr<LocalStore> clone = std::move(*started);
  MysqlDelivery original_delivery(config_, host_, *store_);
  MysqlDelivery clone_delivery(config_, host_, *clone);
  for (int round = 0; round < 4; ++round) {
    collect(3);
    flush_until_done(original_delivery);
    std::swap(store_, clone);
    collect(3);
    flush_until_done(clone_delivery);
    std::swap(store_, clone);
  }
  EXPECT_EQ(count("samples"), std::to_string(5 * (5 + 4 * 6)));
  for (const LocalStore* store : {store_.get(), clone.get()}) {
    wait_until([&] { return store->status().counters.pending == 0; });
    EXPECT_EQ(store->status().counters.delivered, 5U * (5 + 4 * 3));
  }
  const auto kinds = [&] {
    return server_.value("SELECT GROUP_CONCAT(DISTINCT kind ORDER BY kind) FROM monitor.events");
  };
  wait_until([&] {
    flush_until_done(original_delivery);
    flush_until_done(clone_delivery);
    return kinds() == "epoch_begun,machine_id_cloned";
  });
}

TEST_P(MysqlDeliveryTest, AfterARebootTheStoresNewEpochGoesOn) {
  collect(4);
  deliver();
  close_store();
  host_.boot_id = "next boot";
  open_store();
  collect(4);
  deliver();
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("deliveries"), "2");
}

TEST_P(MysqlDeliveryTest, AServerThatLostCommitsGetsThemAgain) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(4);
  ASSERT_TRUE(delivery.flush({}));
  const std::string ledger = server_.value(
      "SELECT CONCAT('last_seq = ', last_seq, ', last_time = ''', last_time, '''') "
      "FROM monitor.deliveries");
  const std::string last_time = server_.value("SELECT last_time FROM monitor.deliveries");
  collect(4);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("UPDATE monitor.deliveries SET " + ledger);
  server_.execute("DELETE FROM monitor.samples WHERE time > '" + last_time + "'");
  collect(1);
  flush_until_done(delivery);
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("deliveries"), "1");
}

TEST_P(MysqlDeliveryTest, ARowThatSomebodyElseWroteIsCountedAndDoesNotBlock) {
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("INSERT INTO monitor.samples VALUES (" + std::to_string(cpu_->id) + ", " +
                  time_literal(time_ms_ + 1000) + ", 99)");
  collect(2);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(delivery.status().duplicates, 1U);
  EXPECT_EQ(count("samples"), "10");
  EXPECT_EQ(
      server_.value("SELECT MAX(value) FROM monitor.samples WHERE series_id = " + std::to_string(cpu_->id)),
      "99");
}

TEST_P(MysqlDeliveryTest, ADeadlocksVictimTriesAgain) {
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("CREATE TABLE monitor.weight (n INT PRIMARY KEY)");
  std::string numbers = "(0)";
  for (int n = 1; n < 2'000; ++n) numbers += ",(" + std::to_string(n) + ")";
  server_.execute("INSERT INTO monitor.weight VALUES " + numbers);
  auto other = MysqlConnection::connect(server_.config("root", "", ""), Secret());
  ASSERT_TRUE(other) << other.error().message;
  ASSERT_TRUE(other->execute("START TRANSACTION"));
  ASSERT_TRUE(other->execute("UPDATE monitor.weight SET n = -n - 1"));  // the heavier side survives
  ASSERT_TRUE(other->execute("INSERT INTO monitor.samples VALUES (" + std::to_string(cpu_->id) + ", " +
                             time_literal(time_ms_ + 1000) + ", 99)"));
  collect(1);
  Result<> done;
  {
    const std::jthread flush([&] { done = delivery.flush({}); });
    wait_for_server([&] { return server_.lock_waits() == 1; });
    EXPECT_TRUE(other->execute("UPDATE monitor.deliveries SET started_at = UTC_TIMESTAMP()"));
    EXPECT_TRUE(other->execute("ROLLBACK"));
  }
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(delivery.status().retries, 1U);
  EXPECT_EQ(server_samples(), local_samples());
}

}  // namespace
}  // namespace caretaker
