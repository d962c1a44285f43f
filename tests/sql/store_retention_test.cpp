// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <filesystem>

#include "sql/local_store.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class StoreRetention : public StoreTest {
 protected:
  static constexpr std::int64_t hour_ms = 3'600'000;

  // Ten old batches, three of them delivered, and ten new ones; 100 samples each.
  void fill() {
    for (int i = 0; i < 10; ++i) append("cpu", now_ms() - 2 * hour_ms + i, 100);
    store_->append(Event{.time_ms = now_ms() - 2 * hour_ms, .kind = "k", .subject = "", .message = ""});
    store_->append(
        JobRun{.time_ms = now_ms() - 2 * hour_ms, .job = "j", .standard_output = "", .standard_error = ""});
    ASSERT_TRUE(collected(1'000));
    store_->advance(3);
    ASSERT_TRUE(wait_until([&] { return store_->status().delivered_seq == 3; }));
    for (int i = 0; i < 10; ++i) append("cpu", now_ms() + i, 100);
    ASSERT_TRUE(collected(2'000));
  }

  void limit_age() {
    options_.retention = std::chrono::hours(1);
    store_->reconfigure(options_);
    append("cpu", now_ms() + 20, 100);
    ASSERT_TRUE(wait_until([&] { return query("SELECT min(seq) FROM batches") == 13; }));
  }
};

TEST_F(StoreRetention, LetsOldBatchesExpireWithoutDelivery) {
  ASSERT_TRUE(start());
  fill();
  limit_age();
  const StoreCounters counters = store_->status().counters;
  EXPECT_EQ(counters.delivered, 300U);
  EXPECT_EQ(counters.expired, 700U);
  EXPECT_EQ(counters.pending, 1'100U);
  EXPECT_TRUE(counters.dropped.empty());
  stop();
  EXPECT_EQ(query("SELECT count(*) FROM events"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM job_runs"), 0);
  EXPECT_EQ(count_events("samples_dropped"), 0);
  expect_exact_counters();
}

TEST_F(StoreRetention, CountsOldUndeliveredBatchesAsDroppedWithDelivery) {
  options_.delivery = true;
  ASSERT_TRUE(start());
  fill();
  limit_age();
  ASSERT_TRUE(wait_until([&] { return saw_event("samples_dropped"); }));
  const StoreCounters counters = store_->status().counters;
  EXPECT_EQ(counters.expired, 0U);
  EXPECT_EQ(counters.dropped.at("retention_age"), 700U);
  stop();
  EXPECT_EQ(query_text("SELECT message FROM events WHERE kind = 'samples_dropped'"),
            "700 samples were dropped: retention_age");
  expect_exact_counters();
}

TEST_F(StoreRetention, KeepsTheFileBelowItsLimitAndReportsThatOnce) {
  options_.delivery = true;
  options_.size_bytes_max = 2U << 20;
  ASSERT_TRUE(start());
  constexpr std::uint64_t batches = 600;
  for (std::uint64_t i = 1; i <= batches; ++i) {
    append("cpu", static_cast<std::int64_t>(i), 1'000);
    if (i % 20 == 0) {
      ASSERT_TRUE(collected(i * 1'000));
    }
  }
  EXPECT_LE(store_->status().size_bytes, options_.size_bytes_max * 3 / 2) << "the log of one large commit";
  EXPECT_GT(store_->status().counters.dropped["retention_size"], 100'000U);
  stop();
  EXPECT_LE(std::filesystem::file_size(options_.path), options_.size_bytes_max);
  EXPECT_EQ(query("SELECT max(time_ms) FROM batches WHERE collector = 'cpu'"), 600);
  EXPECT_EQ(count_events("samples_dropped"), 1);
  expect_exact_counters();
}

TEST_F(StoreRetention, ShrinksAStoreWhoseLimitWasLowered) {
  ASSERT_TRUE(start());
  for (int i = 1; i <= 300; ++i) {
    append("cpu", i, 1'000);
    if (i % 20 == 0) {
      ASSERT_TRUE(collected(static_cast<std::uint64_t>(i) * 1'000));
    }
  }
  EXPECT_GT(store_->status().size_bytes, 3U << 20);
  options_.size_bytes_max = 1U << 20;
  store_->reconfigure(options_);
  // One bounded step per commit.
  ASSERT_TRUE(wait_until([&] {
    append("cpu", 1'000, 1);
    return std::filesystem::file_size(options_.path) < options_.size_bytes_max;
  }));
  stop();
  EXPECT_LE(std::filesystem::file_size(options_.path), options_.size_bytes_max);
  expect_exact_counters();
}

TEST_F(StoreRetention, RemovesALargeBacklogInBoundedSteps) {
  ASSERT_TRUE(start());
  for (int i = 1; i <= 100; ++i) {
    append("cpu", i, 1'000);
    if (i % 20 == 0) {
      ASSERT_TRUE(collected(static_cast<std::uint64_t>(i) * 1'000));
    }
  }
  options_.retention = std::chrono::hours(1);
  store_->reconfigure(options_);
  append("cpu", now_ms(), 1);
  ASSERT_TRUE(collected(100'001));
  EXPECT_LE(store_->status().counters.expired, 40'000U) << "one or two steps";
  ASSERT_TRUE(wait_until([&] {
    append("cpu", now_ms(), 1);
    return store_->status().counters.expired == 100'000;
  }));
  stop();
  expect_exact_counters();
}

}  // namespace
}  // namespace caretaker
