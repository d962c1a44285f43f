// SPDX-License-Identifier: MIT
// What cleanup did, on the way to MySQL: whatever is sent how often and in which order, the end of a run
// wins.
#include <algorithm>

#include "base/text.h"
#include "cleanup_data.h"
#include "sql/mysql_cleanup_rows.h"
#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"
#include "sql/mysql_writer.h"

namespace caretaker {
namespace {

constexpr std::int64_t noon_ms = 1'767'268'800'000;  // 2026-01-01 12:00:00 UTC

class MysqlCleanupTest : public MysqlDeliveryTest {
 protected:
  void flush_store() { ASSERT_TRUE(store_->flush(60s)); }

  void append_plan() {
    store_->append(planned_run(7, time_ms_));
    store_->append(planned_action(7, 1, time_ms_));
    store_->append(planned_action(7, 2, time_ms_));
    flush_store();
  }
  void append_end() {
    store_->append(ended_action(7, 1, time_ms_));
    store_->append(ended_action(7, 2, time_ms_));
    store_->append(ended_run(7, time_ms_));
    flush_store();
  }

  // All columns of both tables.
  std::vector<SqlRow> rows() {
    auto rows = server_.query("SELECT * FROM monitor.cleanup_runs ORDER BY run_id");
    std::ranges::copy(server_.query("SELECT * FROM monitor.cleanup_actions ORDER BY run_id, number"),
                      std::back_inserter(rows));
    return rows;
  }
  std::string states() {
    return server_.value(
        "SELECT CONCAT_WS(',', (SELECT GROUP_CONCAT(outcome) FROM monitor.cleanup_runs), "
        "(SELECT GROUP_CONCAT(state ORDER BY number) FROM monitor.cleanup_actions))");
  }

  static StoredBatch batch(const CleanupRun& run) {
    StoredBatch batch;
    batch.cleanup_runs.push_back(run);
    return batch;
  }
  static StoredBatch batch(const CleanupAction& action) {
    StoredBatch batch;
    batch.cleanup_actions.push_back(action);
    return batch;
  }
  // One transaction of these.
  void write(const std::vector<StoredBatch>& batches) {
    auto connection = MysqlConnection::connect(config_, config_.password);
    ASSERT_TRUE(connection) << connection.error().message;
    ASSERT_TRUE(connection->execute("USE monitor"));
    MysqlWriter writer(*connection, host_, "system_monitor", {"*"});
    const auto done =
        writer.deliver(batches, {.epoch = 1, .from_seq = 0, .redelivery = true, .repeats = true});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->refused.empty()) << done->refused.front().error;
  }
};

TEST_P(MysqlCleanupTest, EveryColumnArrives) {
  deliver();
  write({batch(ended_run(7, noon_ms)), batch(ended_action(7, 1, noon_ms))});
  EXPECT_THAT(rows(),
              testing::ElementsAre(SqlRow{"4711",
                                          "2026-01-01 12:00:00.000",
                                          "7",
                                          "pressure",
                                          "enforce",
                                          "docker 20.10.24",
                                          "2026-01-01 12:00:05.000",
                                          "partial",
                                          "one image is in use",
                                          "/var/lib/docker",
                                          "1000",
                                          "1300",
                                          "70",
                                          "75",
                                          "9223372036854775807",
                                          "300",
                                          "400",
                                          "310",
                                          "2",
                                          "1",
                                          "1",
                                          "0",
                                          R"({"in_use":12})"},
                                   SqlRow{"4711", "2026-01-01 12:00:00.000", "7", "1", "image", "sha256:1",
                                          R"(["app:1"])", "unused", "not used for 30 days", "removed", "100",
                                          "200", "2026-01-01 11:59:57.000", "2026-01-01 11:59:58.000",
                                          std::nullopt, "2026-01-01 12:00:01.000", "200", "it's gone"}));
}

TEST_P(MysqlCleanupTest, ThePlanIsThereFromItsFirstDeliveryAndTheEndTakesItsPlace) {
  append_plan();
  deliver();
  EXPECT_EQ(states(), "running,planned,planned");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.cleanup_runs WHERE ended_at IS NULL"), "1");
  EXPECT_EQ(server_.value("SELECT COUNT(*) FROM monitor.cleanup_actions WHERE ended_at IS NULL"), "2");
  append_end();
  deliver();
  EXPECT_EQ(states(), "partial,removed,removed");
  wait_until([&] { return store_->status().delivered_seq == store_->status().last_seq; });
}

TEST_P(MysqlCleanupTest, ARunThatEndedBeforeItsPlanWasDeliveredArrivesOnce) {
  append_plan();
  append_end();
  collect(1);
  deliver();
  EXPECT_EQ(states(), "partial,removed,removed");
  expect_everything_arrived_once();
}

TEST_P(MysqlCleanupTest, PlanAndEndEndInTheSameRowsInAnyOrderAndNumber) {
  deliver();
  const auto plan = {batch(planned_run(7, noon_ms)), batch(planned_action(7, 1, noon_ms))};
  const auto end = {batch(ended_run(7, noon_ms)), batch(ended_action(7, 1, noon_ms))};
  std::vector<StoredBatch> both = plan;
  both.insert(both.end(), end);
  write(both);
  const auto expected = rows();
  EXPECT_EQ(states(), "partial,removed");
  std::ranges::reverse(both);
  const std::vector<std::vector<std::vector<StoredBatch>>> orders = {
      {both}, {plan, end}, {end, plan}, {end}, {plan, plan, end, end, plan}};
  for (const auto& transactions : orders) {
    server_.execute("DELETE FROM monitor.cleanup_runs");
    server_.execute("DELETE FROM monitor.cleanup_actions");
    for (const auto& transaction : transactions) write(transaction);
    EXPECT_EQ(rows(), expected);
  }
}

TEST_P(MysqlCleanupTest, AnotherEpochBringsTheSameRows) {
  append_plan();
  append_end();
  deliver();
  const auto expected = rows();
  server_.execute("DELETE FROM monitor.cleanup_actions WHERE number = 2");
  close_store();
  host_.boot_id = "next boot";
  open_store();
  MysqlDelivery delivery(config_, host_, *store_);
  delivery.redeliver(1);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(count("deliveries"), "2");
  EXPECT_EQ(rows(), expected);
}

TEST_P(MysqlCleanupTest, APlanFromAStoreThatWentBackInTimeDoesNotTakeTheEndAway) {
  collect(1);
  append_plan();
  deliver();
  save_store("planned");
  append_end();
  deliver();
  const auto expected = rows();
  restore_store("planned");
  server_.execute("DELETE FROM monitor.samples");
  MysqlDelivery delivery(config_, host_, *store_);
  delivery.redeliver(1);
  ASSERT_TRUE(delivery.flush({}));
  EXPECT_EQ(delivery.status().restored, 5U) << "the plan was sent again";
  EXPECT_EQ(rows(), expected);
}

TEST_P(MysqlCleanupTest, ARefusedRecordIsSetAsideAndTheRestGoesOn) {
  deliver();
  server_.execute("ALTER TABLE monitor.cleanup_actions MODIFY explanation VARCHAR(10) NOT NULL");
  CleanupAction fine = planned_action(7, 2, time_ms_);
  fine.explanation = "short";
  store_->append(planned_run(7, time_ms_));
  store_->append(planned_action(7, 1, time_ms_));
  store_->append(fine);
  collect(2);
  MysqlDelivery delivery(config_, host_, *store_);
  wait_until([&] { return delivery.flush({}).has_value() && count("events") == "1"; });
  EXPECT_EQ(server_.value("SELECT GROUP_CONCAT(number) FROM monitor.cleanup_actions"), "2");
  EXPECT_EQ(count("cleanup_runs"), "1");
  EXPECT_EQ(delivery.status().refused, 1U);
  expect_everything_arrived_once();
}

TEST_P(MysqlCleanupTest, WhatDoesNotFitIsCutToTheEndOfACharacter) {
  deliver();
  CleanupRun run = ended_run(7, noon_ms);
  for (int i = 0; i < 40'000; ++i) run.note += "ä";
  run.outcome = "a word that is longer than the column";
  run.engine = std::string(300, 'e');
  CleanupAction action = ended_action(7, 1, noon_ms);
  action.created_ms = -62'135'596'800'000;  // 0001-01-01
  action.first_seen_ms = INT64_MAX;
  action.reason = std::string(40, 'r');
  action.names = std::string(70'000, 'n');
  write({batch(run), batch(action)});
  EXPECT_EQ(server_.value("SELECT LENGTH(note) FROM monitor.cleanup_runs"), "65535");
  EXPECT_EQ(server_.value("SELECT RIGHT(note, 1) FROM monitor.cleanup_runs"), "ä");
  EXPECT_EQ(server_.value("SELECT outcome FROM monitor.cleanup_runs"), "a word that is l");
  EXPECT_EQ(server_.value("SELECT LENGTH(engine) FROM monitor.cleanup_runs"), "255");
  EXPECT_EQ(server_.value("SELECT CONCAT_WS(',', LENGTH(reason), LENGTH(names), created_at IS NULL, "
                          "first_seen IS NULL) FROM monitor.cleanup_actions"),
            "32,70000,1,1");
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlCleanupTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

TEST(CutText, EndsWithACharacter) {
  EXPECT_EQ(cut_text("abc", 3), "abc");
  EXPECT_EQ(cut_text("abc", 2), "ab");
  EXPECT_EQ(cut_text("aä", 2), "a");
  EXPECT_EQ(cut_text("a😀b", 4), "a");
  EXPECT_EQ(cut_text("a😀b", 5), "a😀");
  EXPECT_EQ(cut_text("ä", 0), "");
  EXPECT_EQ(cut_text("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80") << "no UTF-8: about there";
}

}  // namespace
}  // namespace caretaker
