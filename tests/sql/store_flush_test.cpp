// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "cleanup_data.h"
#include "sql/store_reader.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

constexpr std::chrono::hours long_time{1};

class StoreFlush : public StoreTest {
 protected:
  StoreFlush() { options_.commit_interval = options_.retry_interval = long_time; }
};

TEST_F(StoreFlush, WhatWasAppendedIsThereForReadersBeforeTheIntervalIsOver) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 1);
  ASSERT_TRUE(store_->flush(long_time));
  store_->append(planned_run(7, 2'000));
  store_->append(planned_action(7, 1, 2'000));
  ASSERT_TRUE(store_->flush(long_time));
  StoreReader reader(options_.path);
  const auto history = reader.cleanup_history(0, 10, 10);
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->size(), 1U);
  EXPECT_EQ(history->front().actions.size(), 1U);
  ASSERT_TRUE(store_->flush(long_time)) << "nothing waits";
  stop();
}

TEST_F(StoreFlush, ManyThreadsFlushWhatTheyHaveAppended) {
  ASSERT_TRUE(start());
  constexpr std::int64_t threads = 8;
  constexpr std::int64_t rounds = 20;
  {
    std::vector<std::jthread> cleaners;
    for (std::int64_t thread = 0; thread < threads; ++thread) {
      cleaners.emplace_back([this, thread] {
        StoreReader reader(options_.path);
        for (std::int64_t round = 0; round < rounds; ++round) {
          const std::int64_t run_id = 1 + thread * rounds + round;
          store_->append(planned_run(run_id, run_id));
          EXPECT_TRUE(store_->flush(long_time));
          const auto history = reader.cleanup_history(0, 1'000, 0);
          EXPECT_TRUE(history && std::ranges::any_of(*history, [&](const StoredCleanup& cleanup) {
                        return cleanup.run.run_id == run_id;
                      }));
        }
      });
    }
  }
  EXPECT_EQ(query("SELECT count(*) FROM cleanup_runs"), threads * rounds);
  stop();
  expect_exact_counters();
}

TEST_F(StoreFlush, IsFalseAtOnceWhereTheStoreCannotBeWritten) {
  dir_.write("file", "no folder");
  options_.path = dir_.path("file") + "/metrics.db";
  ASSERT_TRUE(start());
  EXPECT_FALSE(store_->status().writable);
  store_->append(planned_run(7, 1'000));
  EXPECT_FALSE(store_->flush(long_time));
  EXPECT_FALSE(store_->flush(long_time));
  EXPECT_FALSE(store_->stop(std::chrono::seconds(30)));
}

TEST_F(StoreFlush, IsFalseAfterStop) {
  ASSERT_TRUE(start());
  store_->append(planned_run(7, 1'000));
  EXPECT_TRUE(store_->stop(std::chrono::seconds(30)));
  EXPECT_FALSE(store_->flush(long_time));
  EXPECT_EQ(query("SELECT count(*) FROM cleanup_runs"), 1);
}

}  // namespace
}  // namespace caretaker
