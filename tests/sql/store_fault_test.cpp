// SPDX-License-Identifier: MIT
#include <filesystem>
#include <limits>

#include "cleanup_data.h"
#include "faulty_vfs.h"
#include "sql/store_lock.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

constexpr int for_good = std::numeric_limits<int>::max();

class StoreFault : public StoreTest {
 protected:
  StoreFault() {
    FaultyVfs::install();
    options_.retry_interval = std::chrono::milliseconds(5);
    options_.size_bytes_max = 256U << 10;  // checkpoints after a few commits
  }
  ~StoreFault() override { FaultyVfs::heal(); }

  // Every batch of the scenario is there exactly once, or none of its samples was counted.
  void expect_each_batch_once(std::int64_t batches) {
    EXPECT_EQ(query("SELECT count(*) FROM batches WHERE collector = 'cpu'"), batches);
    EXPECT_EQ(query("SELECT count(DISTINCT time_ms) FROM batches WHERE collector = 'cpu'"), batches);
    EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'collected'"), batches * 20);
    expect_exact_counters();
  }

  // Fails the n-th operation for n = 1, 2, ... until the scenario passes without meeting the fault.
  void survive_every_fault(FaultyVfs::Fault fault, int count) {
    for (int first = 1;; ++first) {
      SCOPED_TRACE(first);
      std::filesystem::remove(options_.path);
      ASSERT_TRUE(start());
      append("cpu", 1, 20);
      ASSERT_TRUE(collected(20));
      FaultyVfs::fail_from(first, count, fault);
      append("cpu", 2, 20);
      if (count == for_good) {
        wait_until(
            [&] { return store_->status().queue_samples == 0 || FaultyVfs::operations() > first + 20; });
        append("cpu", 3, 20);
        FaultyVfs::heal();
      } else {
        append("cpu", 3, 20);
      }
      ASSERT_TRUE(collected(60)) << store_->status().last_error;
      const bool passed = FaultyVfs::operations() < first;
      FaultyVfs::heal();
      stop();
      expect_each_batch_once(3);
      if (passed) {
        EXPECT_GT(first, 10) << "the scenario has operations";
        return;
      }
      ASSERT_LT(first, 500);
    }
  }
};

TEST_F(StoreFault, KeepsEveryBatchOnceWhateverOperationFails) {
  survive_every_fault(FaultyVfs::Fault::io_error, 1);
}

TEST_F(StoreFault, KeepsEveryBatchOnceWhenTheDiskFailsForAWhile) {
  survive_every_fault(FaultyVfs::Fault::io_error, for_good);
}

TEST_F(StoreFault, KeepsEveryBatchOnceWhenTheDiskIsFullForAWhile) {
  survive_every_fault(FaultyVfs::Fault::disk_full, for_good);
}

TEST_F(StoreFault, CommitsNothingTwiceWhenTheRepliesOfTheDiskAreLost) {
  survive_every_fault(FaultyVfs::Fault::lost_reply, for_good);
}

TEST_F(StoreFault, StartsOnADiskThatFailsWhateverOperation) {
  for (int first = 1;; ++first) {
    SCOPED_TRACE(first);
    std::filesystem::remove(options_.path);
    FaultyVfs::fail_from(first, 1, FaultyVfs::Fault::io_error);
    ASSERT_TRUE(start());
    append("cpu", 1, 20);
    ASSERT_TRUE(collected(20)) << store_->status().last_error;
    const bool passed = FaultyVfs::operations() < first;
    FaultyVfs::heal();
    stop();
    expect_each_batch_once(1);
    if (passed) break;
    ASSERT_LT(first, 1'000);
  }
}

TEST_F(StoreFault, IsNotHeldByADiskThatHangs) {
  ASSERT_TRUE(start());
  FaultyVfs::hang();
  append("cpu", 1, 20);
  ASSERT_TRUE(wait_until(FaultyVfs::something_hangs));
  append("cpu", 2, 20);
  EXPECT_EQ(store_->status().queue_samples, 40U);
  EXPECT_FALSE(store_->stop(std::chrono::milliseconds(10)));
  store_.reset();
  FaultyVfs::heal();
  // The thread that was left behind still commits, and then lets go of the store.
  ASSERT_TRUE(wait_until([&] { return StoreLock::acquire(options_.path).has_value(); }));
  expect_each_batch_once(2);
}

TEST_F(StoreFault, AFlushWaitsForTheDiskToItsDeadlineOnly) {
  ASSERT_TRUE(start());
  FaultyVfs::hang();
  append("cpu", 1, 20);
  ASSERT_TRUE(wait_until(FaultyVfs::something_hangs));
  EXPECT_FALSE(store_->flush(std::chrono::milliseconds(10)));
  FaultyVfs::heal();
  EXPECT_TRUE(store_->flush(std::chrono::seconds(30)));
  stop();
  expect_each_batch_once(1);
}

TEST_F(StoreFault, AFlushThatMeetsAFaultIsFalseAtOnceAndTheNextOneTrue) {
  options_.retry_interval = std::chrono::hours(1);
  ASSERT_TRUE(start());
  FaultyVfs::fail_from(1, for_good, FaultyVfs::Fault::disk_full);
  store_->append(planned_run(7, 1'000));
  EXPECT_FALSE(store_->flush(std::chrono::hours(1)));
  EXPECT_FALSE(store_->flush(std::chrono::hours(1))) << "it tries again";
  FaultyVfs::heal();
  EXPECT_TRUE(store_->flush(std::chrono::seconds(30)));
  EXPECT_EQ(query("SELECT run_id FROM cleanup_runs"), 7);
  stop();
}

TEST_F(StoreFault, RecordsOfCleanupAreOnTheDiskWhenTheyAreCommitted) {
  options_.size_bytes_max = 64U << 20;  // no checkpoint, which would write to the disk as well
  ASSERT_TRUE(start());
  append("cpu", 1, 20);
  ASSERT_TRUE(store_->flush(std::chrono::seconds(30)));
  int before = FaultyVfs::syncs();
  append("cpu", 2, 20);
  ASSERT_TRUE(store_->flush(std::chrono::seconds(30)));
  EXPECT_EQ(FaultyVfs::syncs(), before) << "samples need not be";
  store_->append(planned_action(7, 1, 1'000));
  ASSERT_TRUE(store_->flush(std::chrono::seconds(30)));
  EXPECT_GT(FaultyVfs::syncs(), before);
  before = FaultyVfs::syncs();
  append("cpu", 3, 20);
  ASSERT_TRUE(store_->flush(std::chrono::seconds(30)));
  EXPECT_EQ(FaultyVfs::syncs(), before);
  stop();
}

TEST_F(StoreFault, StartsWithinItsTimeOnADiskThatHangs) {
  FaultyVfs::hang();
  ASSERT_TRUE(start());
  EXPECT_FALSE(store_->status().writable);
  append("cpu", 1, 20);
  FaultyVfs::heal();
  ASSERT_TRUE(collected(20));
  stop();
  expect_each_batch_once(1);
}

}  // namespace
}  // namespace caretaker
