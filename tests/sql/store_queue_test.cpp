// SPDX-License-Identifier: MIT
#include "sql/store_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace caretaker {
namespace {

using std::chrono::milliseconds;

constexpr MetricInfo info{.name = "metric", .unit = "", .help = "h", .type = MetricType::gauge};
constexpr std::uint64_t mebibyte = 1U << 20;

class Queue : public ::testing::Test {
 protected:
  SampleBatch batch(std::int64_t time_ms, std::size_t samples = 10) {
    SampleBatch batch;
    batch.start("cpu", {.time_ms = time_ms});
    for (std::size_t i = 0; i < samples; ++i) batch.add(series_, 1.0);
    return batch;
  }

  SeriesRef series_ = SeriesFactory(1).make(info);
};

TEST_F(Queue, HandsOutWhatCameInOrder) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  queue.push(Event{.time_ms = 2, .kind = "k", .subject = "", .message = ""});
  queue.push(JobRun{.time_ms = 3, .job = "j", .standard_output = "", .standard_error = ""});
  queue.advance(5);
  queue.advance(4);
  queue.set_epoch(9);
  StoreWork work = queue.take();
  ASSERT_EQ(work.items.size(), 3U);
  EXPECT_EQ(std::get<SampleBatch>(work.items[0]).tick().time_ms, 1);
  EXPECT_EQ(std::get<Event>(work.items[1]).time_ms, 2);
  EXPECT_EQ(std::get<JobRun>(work.items[2]).time_ms, 3);
  EXPECT_EQ(work.orders.advance_to, 5);
  EXPECT_EQ(work.orders.epoch, 9);
  EXPECT_EQ(queue.samples(), 10U) << "taken, but not done";
  queue.done(std::move(work));
  EXPECT_EQ(queue.samples(), 0U);
  EXPECT_TRUE(queue.take().empty());
}

TEST_F(Queue, LetsGoOfTheSeriesOfWhatIsDone) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  EXPECT_EQ(series_.use_count(), 11);
  queue.done(queue.take());
  EXPECT_EQ(series_.use_count(), 1) << "also in recycled buffers";
}

TEST_F(Queue, DropsTheOldestBeyondItsLimitAndCountsTheirSamples) {
  StoreQueue queue(10'000);
  for (int i = 1; i <= 100; ++i) queue.push(batch(i));
  const std::uint64_t kept = queue.samples();
  EXPECT_GT(kept, 0U);
  std::uint64_t taken = 0;
  std::uint64_t dropped = 0;
  std::int64_t last = 0;
  for (StoreWork work = queue.take(); !work.empty(); work = queue.take()) {
    EXPECT_LE(work.bytes, 5'000U + 1'000U) << "half of the limit, to the end of a batch";
    taken += work.samples;
    dropped += work.dropped_samples;
    last = std::get<SampleBatch>(work.items.back()).tick().time_ms;
    queue.done(std::move(work));
  }
  EXPECT_EQ(taken, kept);
  EXPECT_EQ(taken + dropped, 1'000U);
  EXPECT_EQ(last, 100);
}

TEST_F(Queue, FindsRoomForNewBatchesBesideACommitThatHangs) {
  StoreQueue queue(10'000);
  for (int i = 1; i <= 100; ++i) queue.push(batch(i));
  const StoreWork hanging = queue.take();
  for (int i = 101; i <= 200; ++i) queue.push(batch(i));
  EXPECT_GT(queue.samples(), hanging.samples);
}

TEST_F(Queue, DropsABatchThatIsLargerThanTheLimit) {
  StoreQueue queue(1'000);
  queue.push(batch(1, 100));
  const StoreWork work = queue.take();
  EXPECT_TRUE(work.items.empty());
  EXPECT_EQ(work.dropped_samples, 100U);
}

TEST_F(Queue, WakesForTheFirstItemAfterAnIdleTime) {
  StoreQueue queue(mebibyte);
  std::jthread store([&] { EXPECT_EQ(queue.wait_for_commit(milliseconds(10)), StoreQueue::Wake::work); });
  queue.push(batch(1));
  store.join();
  EXPECT_EQ(queue.samples(), 10U);
}

TEST_F(Queue, WakesEarlyWhenHalfOfItIsUsed) {
  StoreQueue queue(10'000);
  queue.push(batch(1));
  queue.done(queue.take());
  std::jthread store(
      [&] { EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::work); });
  for (int i = 1; i <= 20; ++i) queue.push(batch(i));
  store.join();
}

TEST_F(Queue, AFlushEndsTheWaitForTheIntervalAndReturnsWhenAllIsDone) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  queue.done(queue.take());
  queue.push(batch(2));
  std::jthread store([&] {
    EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::work);
    queue.done(queue.take());
  });
  EXPECT_TRUE(queue.flush(std::chrono::hours(1)));
  EXPECT_EQ(queue.samples(), 0U);
  EXPECT_TRUE(queue.flush(std::chrono::hours(1))) << "nothing waits";
}

TEST_F(Queue, AFlushEndsTheWaitForARetryAndReturnsWhenThatFails) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  const StoreWork held = queue.take();
  std::jthread store([&] {
    EXPECT_EQ(queue.wait_for_retry(std::chrono::hours(1)), StoreQueue::Wake::work);
    queue.failed();
  });
  EXPECT_FALSE(queue.flush(std::chrono::hours(1)));
  store.join();
  EXPECT_EQ(queue.wait_for_retry(milliseconds(1)), StoreQueue::Wake::work) << "nobody waits any more";
}

TEST_F(Queue, AFlushWaitsForWhatWasPushedBeforeItOnly) {
  StoreQueue queue(mebibyte);
  queue.push(batch(0));
  queue.done(queue.take());
  for (int i = 1; i <= 10; ++i) queue.push(batch(i));
  std::atomic<bool> flushed = false;
  std::jthread flush([&] {
    EXPECT_TRUE(queue.flush(std::chrono::hours(1)));
    flushed = true;
  });
  EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::work);
  StoreWork work = queue.take();
  EXPECT_EQ(work.items.size(), 10U);
  queue.push(batch(11));
  EXPECT_FALSE(flushed);
  queue.done(std::move(work));
  flush.join();
  EXPECT_EQ(queue.samples(), 10U);
}

TEST_F(Queue, AFlushIsFalseAtItsDeadlineAndAfterStop) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  EXPECT_FALSE(queue.flush(milliseconds(1)));
  queue.stop();
  EXPECT_FALSE(queue.flush(std::chrono::hours(1)));
}

TEST_F(Queue, AFlushIsFalseOnceWhenARecordOfCleanupFoundNoRoom) {
  StoreQueue queue(10'000);
  queue.push(CleanupRun{.run_id = 1, .verdicts = std::string(20'000, 'x')});
  EXPECT_FALSE(queue.flush(std::chrono::hours(1)));
  EXPECT_TRUE(queue.flush(std::chrono::hours(1)));
  queue.push(UsageChange{.observation = {}, .changed = std::vector<ObjectUsage>(1'000), .forgotten = {}});
  EXPECT_FALSE(queue.flush(std::chrono::hours(1)));
  queue.push(Event{.time_ms = 2, .kind = "k", .subject = "", .message = std::string(20'000, 'x')});
  EXPECT_TRUE(queue.flush(std::chrono::hours(1))) << "was lost, but is nothing that a flush promises";
}

TEST_F(Queue, ARecordOfCleanupThatIsPushedOutEndsAFlush) {
  StoreQueue queue(10'000);
  queue.push(batch(0));
  queue.done(queue.take());
  queue.push(CleanupAction{.run_id = 1, .names = std::string(2'000, 'x')});
  std::jthread flush([&] { EXPECT_FALSE(queue.flush(std::chrono::hours(1))); });
  EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::work);
  for (int i = 1; i <= 20; ++i) queue.push(batch(i, 50));
}

TEST_F(Queue, StopsEveryWait) {
  StoreQueue queue(mebibyte);
  queue.push(batch(1));
  queue.done(queue.take());
  std::jthread commit(
      [&] { EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::stop); });
  queue.stop();
  commit.join();
  EXPECT_EQ(queue.wait_for_commit(std::chrono::hours(1)), StoreQueue::Wake::stop);
  EXPECT_EQ(queue.wait_for_retry(std::chrono::hours(1)), StoreQueue::Wake::stop);
  queue.push(batch(2));
  EXPECT_EQ(queue.samples(), 0U) << "nothing is taken in after stop";
}

}  // namespace
}  // namespace caretaker
