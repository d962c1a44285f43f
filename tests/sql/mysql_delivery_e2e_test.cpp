// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

#include "base/clock.h"
#include "base/parse.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"
#include "sql/mysql_literal.h"
#include "sql/store_reader.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr MetricInfo load_info{"load1", "", "load average", MetricType::gauge};
constexpr MetricInfo bytes_info{"network_receive_bytes_total", "bytes", "received", MetricType::counter};
constexpr MetricInfo cpu_info{"system_cpu_usage_percent", "percent", "busy", MetricType::gauge};

void wait_until(const std::function<bool()>& done, std::chrono::milliseconds pause = 5ms) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited too long");
    std::this_thread::sleep_for(pause);
  }
}

// For questions to INNODB_TRX: whoever asks it again within 100 ms gets the old answer.
void wait_for_server(const std::function<bool()>& done) {
  wait_until(done, 120ms);
}

std::int64_t an_hour_ago_ms() {
  return SystemClock().now().realtime_ns / ns_per_s * ms_per_s - 3'600'000;
}

// (series_id, time in ms) -> value
using Samples = std::map<std::pair<std::int64_t, std::int64_t>, double>;

// A host with its local store, and a real server.
class MysqlDeliveryTest : public testing::Test {
 protected:
  MysqlDeliveryTest() {
    server_.execute("CREATE DATABASE monitor");
    server_.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'secret'");
    server_.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
    config_ = server_.config("caretaker", "secret", "monitor");
    open_store();
  }

  void open_store() {
    auto store = LocalStore::start({.path = path(), .commit_interval = 5ms, .delivery = true}, host_,
                                   [](const Event&) {});
    if (!store) throw std::runtime_error(store.error().message);
    store_ = std::move(*store);
  }
  void close_store() {
    ASSERT_TRUE(store_->stop(10s));
    store_.reset();
  }
  [[nodiscard]] std::string path() const { return dir_.path("metrics.db"); }
  // The store's file as it is now, and back: as a crash, a restored snapshot or a power cut leaves it.
  void save_store(const std::string& name) {
    close_store();
    std::filesystem::copy_file(path(), dir_.path(name), std::filesystem::copy_options::overwrite_existing);
    open_store();
  }
  void restore_store(const std::string& name) {
    close_store();
    std::filesystem::copy_file(dir_.path(name), path(), std::filesystem::copy_options::overwrite_existing);
    open_store();
  }

  // `count` ticks of two collectors, committed to the local store: five samples per tick.
  void collect(int count) {
    const std::int64_t before = store_->status().last_seq;
    for (int i = 0; i < count; ++i) {
      time_ms_ += 1000;
      SampleBatch batch;
      batch.start("load", {.time_ms = time_ms_, .monotonic_ns = 0, .discontinuities = 0});
      for (const SeriesRef& series : series_) batch.add(series, static_cast<double>(time_ms_ % 9973) / 7);
      batch.add(counter_, static_cast<std::uint64_t>(time_ms_) * 1000);
      store_->append(batch);
      batch.start("system", {.time_ms = time_ms_, .monotonic_ns = 0, .discontinuities = 0});
      batch.add(cpu_, static_cast<double>(i));
      store_->append(batch);
    }
    wait_until([&] { return store_->status().last_seq >= before + 2 * count; });
  }

  static void flush_until_done(MysqlDelivery& delivery) {
    wait_until([&] { return delivery.flush({}).has_value(); });
  }
  void deliver() {
    MysqlDelivery delivery(config_, host_, *store_);
    const auto done = delivery.flush({});
    ASSERT_TRUE(done) << done.error().message;
  }

  Samples local_samples() {
    StoreReader reader(path());
    Samples samples;
    const auto batches = reader.batches(0, 1'000'000);
    if (!batches) throw std::runtime_error(batches.error().message);
    for (const StoredBatch& batch : *batches) {
      for (const StoredSample& sample : batch.samples) {
        samples[{sample.series->id, batch.time_ms}] = sample.value;
      }
    }
    return samples;
  }
  Samples server_samples() {
    Samples samples;
    for (const SqlRow& row : server_.query("SELECT series_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', time) "
                                           "DIV 1000, value FROM monitor.samples")) {
      samples[{*parse_number<std::int64_t>(*row[0]), *parse_number<std::int64_t>(*row[1])}] =
          *parse_number<double>(*row[2]);
    }
    return samples;
  }
  std::string count(const std::string& table) {
    return server_.value("SELECT COUNT(*) FROM monitor." + table);
  }

  MariadbServer server_;
  TempDir dir_;
  MysqlConfig config_;
  HostIdentity host_{.id = 4711, .name = "web1", .machine_id = "", .boot_id = "boot"};
  SeriesFactory factory_{host_.id};
  std::vector<SeriesRef> series_{factory_.make(load_info, {{"n", "1"}}),
                                 factory_.make(load_info, {{"n", "2"}}),
                                 factory_.make(load_info, {{"n", "it's"}})};
  SeriesRef counter_ = factory_.make(bytes_info, {{"device", "eth0"}});
  SeriesRef cpu_ = factory_.make(cpu_info);
  std::int64_t time_ms_ = an_hour_ago_ms();  // retention must not touch it
  std::unique_ptr<LocalStore> store_;
};

TEST_F(MysqlDeliveryTest, BringsEverySampleExactlyAsItIsInTheLocalStore) {
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
  EXPECT_THAT(status.server, StartsWith("MariaDB 1"));
  EXPECT_THAT(status.server, HasSubstr("at 127.0.0.1:"));
  EXPECT_EQ(status.last_error, "");
  EXPECT_EQ(status.rows, 100U);
  EXPECT_EQ(status.duplicates, 0U);
  wait_until([&] { return store_->status().delivered_seq == 42; });
  EXPECT_EQ(store_->status().counters.delivered, 100U);
}

TEST_F(MysqlDeliveryTest, AnOutageOfTheServerLosesAndDoublesNothing) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(5);
  ASSERT_TRUE(delivery.flush({}));
  server_.kill();
  collect(5);
  const auto failed = delivery.flush({});
  ASSERT_FALSE(failed);
  EXPECT_FALSE(delivery.status().connected);
  EXPECT_EQ(delivery.status().last_error, failed.error().message);
  collect(5);
  server_.start();
  flush_until_done(delivery);
  EXPECT_EQ(delivery.status().last_error, "");
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(delivery.status().duplicates, 0U);
}

TEST_F(MysqlDeliveryTest, KillingTheServerInTheMiddleOfATransactionLosesAndDoublesNothing) {
  int killed_inside = 0;
  for (const char* rows_written : {"0", "2000", "8000"}) {
    collect(3'000);
    MysqlDelivery delivery(config_, host_, *store_);
    std::atomic<bool> done = false;
    const std::jthread flush([&] {
      (void)delivery.flush({});
      done = true;
    });
    wait_for_server([&] {
      const std::string inside =
          server_.value("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_rows_modified > " +
                        std::string(rows_written));
      killed_inside += inside == "0" ? 0 : 1;
      return inside != "0" || done;
    });
    server_.kill();
    server_.start();
  }
  EXPECT_GT(killed_inside, 0);
  deliver();
  EXPECT_EQ(server_samples().size(), 45'000U);
  EXPECT_EQ(server_samples(), local_samples());
  EXPECT_EQ(count("system_monitor"), "9000");
}

TEST_F(MysqlDeliveryTest, ACommitWhoseReplyWasLostIsNotSentAgain) {
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

TEST_F(MysqlDeliveryTest, AStoreThatWentBackInTimeBeginsAnEpochAndNothingIsLostOrDoubled) {
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

TEST_F(MysqlDeliveryTest, SamplesTakenAgainAtTimesThatAreDeliveredKeepTheFirstValue) {
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

TEST_F(MysqlDeliveryTest, AfterARebootTheStoresNewEpochGoesOn) {
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

TEST_F(MysqlDeliveryTest, AServerThatLostCommitsGetsThemAgain) {
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

TEST_F(MysqlDeliveryTest, ARowThatSomebodyElseWroteIsCountedAndDoesNotBlock) {
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

TEST_F(MysqlDeliveryTest, ADeadlocksVictimTriesAgain) {
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  server_.execute("CREATE TABLE monitor.weight (n INT PRIMARY KEY) SELECT seq AS n FROM mysql.seq_1_to_2000");
  auto other = MysqlConnection::connect(server_.config("root", "", ""), Secret());
  ASSERT_TRUE(other) << other.error().message;
  ASSERT_TRUE(other->execute("START TRANSACTION"));
  ASSERT_TRUE(other->execute("UPDATE monitor.weight SET n = -n"));  // the heavier side survives
  ASSERT_TRUE(other->execute("INSERT INTO monitor.samples VALUES (" + std::to_string(cpu_->id) + ", " +
                             time_literal(time_ms_ + 1000) + ", 99)"));
  collect(1);
  Result<> done;
  {
    const std::jthread flush([&] { done = delivery.flush({}); });
    wait_for_server([&] {
      return server_.value(
                 "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'") == "1";
    });
    EXPECT_TRUE(other->execute("UPDATE monitor.deliveries SET started_at = UTC_TIMESTAMP()"));
    EXPECT_TRUE(other->execute("ROLLBACK"));
  }
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(delivery.status().retries, 1U);
  EXPECT_EQ(server_samples(), local_samples());
}

TEST_F(MysqlDeliveryTest, ARefusedRowHoldsTheCursorAndIsShown) {
  collect(1);
  store_->append(JobRun{time_ms_, std::string(300, 'j'), 5, 1, 0, 0, false, "", ""});
  wait_until([&] { return store_->status().last_seq == 3; });
  MysqlDelivery delivery(config_, host_, *store_);
  EXPECT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("1406"));
  EXPECT_EQ(count("samples"), "0");
  EXPECT_EQ(store_->status().delivered_seq, 0);
}

TEST_F(MysqlDeliveryTest, AWrongPasswordSaysWhatToFixAndIsNotTriedAgainAtOnce) {
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

TEST_F(MysqlDeliveryTest, WithoutRightsTheStatusHasTheGrant) {
  server_.execute("REVOKE ALL PRIVILEGES ON monitor.* FROM caretaker@'%'");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("GRANT SELECT, INSERT"));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("ON `monitor`.* TO 'caretaker'@'%';"));
}

TEST_F(MysqlDeliveryTest, AnUnreachableServerNamesItsAddress) {
  config_.port = 1;
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr("nothing answers at 127.0.0.1:1"));
}

TEST_F(MysqlDeliveryTest, APasswordFileThatCannotBeReadIsAnError) {
  config_.password = Secret();
  config_.password_file = dir_.path("missing");
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_FALSE(delivery.flush({}));
  EXPECT_THAT(delivery.status().last_error, HasSubstr(config_.password_file));
}

TEST_F(MysqlDeliveryTest, AForeignSystemMonitorIsLeftAloneAndNoted) {
  server_.execute("CREATE TABLE monitor.system_monitor (id INT PRIMARY KEY, cpu_usage FLOAT)");
  collect(3);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_THAT(delivery.status().note, HasSubstr("caretaker_system_monitor"));
  EXPECT_EQ(count("system_monitor"), "0");
  EXPECT_EQ(count("caretaker_system_monitor"), "3");
}

TEST_F(MysqlDeliveryTest, WithoutTheRightToAddPartitionsDeliveryGoesOnWithANote) {
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

TEST_F(MysqlDeliveryTest, StopLeavesTheRestWhereItIs) {
  collect(2);
  std::stop_source stop;
  stop.request_stop();
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush(stop.get_token()));
  EXPECT_EQ(store_->status().delivered_seq, 0);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(count("samples"), "10");
}

TEST(MysqlDelivery, WhatIsTooLargeForTheServerHoldsOnlyItselfBack) {
  MariadbServer server({"--max-allowed-packet=64K"});
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

}  // namespace
}  // namespace caretaker
