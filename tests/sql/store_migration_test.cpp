// SPDX-License-Identifier: MIT
// Stores that earlier versions of the schema left behind.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstddef>
#include <string>

#include "old_store_schema.h"
#include "sql/sample_id.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

constexpr std::int64_t application_id = 0x43544b52;

class StoreMigration : public StoreTest, public ::testing::WithParamInterface<std::size_t> {
 protected:
  // Four batches, the first of which is delivered, the second of the collector `system`; two more are gone.
  void make_old_store(std::size_t version) {
    auto old = SqliteConnection::open(dir_.write("metrics.db", ""), SqliteConnection::Mode::read_write,
                                      std::chrono::seconds(1));
    ASSERT_TRUE(old->execute("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL"));
    for (std::size_t file = 0; file < version; ++file) {
      ASSERT_TRUE(old->execute(std::string(old_store_schema::files[file].text)));
    }
    const auto filled = old->execute(fmt::format(
        "PRAGMA application_id = {}; PRAGMA user_version = {};"
        "INSERT INTO meta VALUES ('epoch', 7), ('delivered_seq', 1), ('host_id', 42), ('host', 'host'),"
        " ('boot_id', 'boot-1');"
        "INSERT INTO counters VALUES ('collected', 6), ('delivered', 2), ('pending', 4);"
        "INSERT INTO series VALUES (1, 11, 'cpu', 'a', '{{}}', '', 'gauge'), (2, 12, 'cpu', 'b', '{{}}', '', "
        "'gauge'),"
        " (3, 13, 'system', 'system_cpu_usage_percent', '{{}}', '', 'gauge');"
        "INSERT INTO batches VALUES (1, 60000, 'cpu', 2), (2, 60000, 'system', 1), (3, 61000, 'cpu', 2),"
        " (4, 61000, 'events', 1), (5, 61000, 'system', 1);"
        "INSERT INTO events VALUES (4, 61000, 'kind', 'subject', 'message');"
        "INSERT INTO samples VALUES (1, 1, 5), (1, 2, 0.5), (2, 3, 25), (3, 1, 9223372036854775807), (3, 2, "
        "-1.5),"
        " (5, 3, 26);"
        "UPDATE sqlite_sequence SET seq = 9 WHERE name = 'batches'",
        application_id, version));
    ASSERT_TRUE(filled) << filled.error().message;
  }
};

TEST_P(StoreMigration, KeepsWhatAnOldStoreHolds) {
  make_old_store(GetParam());
  const std::string rows = "SELECT group_concat(seq || '/' || series || '=' || value, ' ') FROM samples";
  const std::string before = query_text(rows);
  const auto started = start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(store_->status().last_seq, 9);
  EXPECT_EQ(store_->status().delivered_seq, 1);
  EXPECT_EQ(store_->status().epoch, 7);
  EXPECT_EQ(query_text(rows), before);
  append("cpu", 62'000, 3);
  stop();
  EXPECT_EQ(query("PRAGMA user_version"), 4);
  EXPECT_EQ(query("SELECT max(seq) FROM batches"), 10);
  EXPECT_EQ(query("SELECT count(*) FROM samples"), 9);
  EXPECT_EQ(query("SELECT value = 9223372036854775807 FROM samples WHERE seq = 3 AND series = 1"), 1);
  EXPECT_EQ(query_text("SELECT value FROM metrics WHERE metric = 'b' AND time_ms = 61000"), "-1.5");
  EXPECT_EQ(query("SELECT cpu_usage FROM system_monitor ORDER BY timestamp DESC LIMIT 1"), 26);
  EXPECT_EQ(query("SELECT count(*) FROM metrics_1m"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM cleanup_runs"), 0);
  expect_exact_counters();
}

INSTANTIATE_TEST_SUITE_P(Versions, StoreMigration, ::testing::Values(1U, 2U, 3U));

TEST_F(StoreTest, GoesOnCountingWhenEveryBatchIsGone) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 2);
  append("cpu", 2'000, 2);
  ASSERT_TRUE(collected(4));
  options_.retention = std::chrono::milliseconds(1);
  store_->reconfigure(options_);
  append("cpu", 3'000, 2);
  stop();
  ASSERT_EQ(query("SELECT count(*) FROM batches"), 0);
  options_.retention = std::chrono::hours(24 * 365 * 100);
  ASSERT_TRUE(start());
  EXPECT_EQ(store_->status().last_seq, 3);
  append("cpu", 4'000, 2);
  stop();
  EXPECT_EQ(query("SELECT min(seq) FROM batches"), 4);
  expect_exact_counters();
}

TEST_F(StoreTest, TakesNoMoreSeriesThanItsKeyHasRoomFor) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 1);
  stop();
  {
    auto full =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(full->execute(fmt::format(
        "INSERT INTO series VALUES ({}, 1, 'cpu', 'other', '{{}}', '', 'gauge')", series_max - 1)));
  }
  ASSERT_TRUE(start());
  append("cpu", 2'000, 3);
  append("cpu", 3'000, 3);
  ASSERT_TRUE(wait_until([&] { return saw_event("samples_dropped"); }));
  stop();
  EXPECT_EQ(query("SELECT max(series) FROM series"), series_max);
  EXPECT_EQ(query(fmt::format("SELECT count(*) FROM samples WHERE series = {}", series_max)), 2);
  EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'dropped_series_too_many'"), 2);
  EXPECT_THAT(event_message("samples_dropped"), ::testing::HasSubstr("the store knows 4194303 series"));
  expect_exact_counters();
}

}  // namespace
}  // namespace caretaker
