// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "base/cleanup_record.h"
#include "base/record.h"
#include "base/sample.h"

namespace caretaker {

using StoreItem = std::variant<SampleBatch, Event, JobRun, CleanupRun, CleanupAction, UsageChange>;

// What a commit does beside writing items.
struct StoreOrders {
  std::optional<std::int64_t> advance_to;
  std::optional<std::int64_t> advance_periods_to;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> backward_steps;
  std::vector<DeadLetter> dead_letters;
  bool check = false;  // look for corruption in the whole file
  bool operator==(const StoreOrders&) const = default;
};

// What one commit writes, in order.
struct StoreWork {
  std::deque<StoreItem> items;
  std::uint64_t dropped_samples = 0;  // of batches that found no room
  StoreOrders orders;
  std::uint64_t bytes = 0;  // what the items hold of the queue's limit
  std::uint64_t samples = 0;

  [[nodiscard]] bool empty() const {
    return items.empty() && dropped_samples == 0 && orders == StoreOrders{};
  }
};

// Carries work from any thread to the store thread. Bounded in bytes, work that was taken and is not done
// included; beyond the limit the oldest waiting item is dropped and its samples are counted. Buffers of
// sample batches are recycled. Wakes the store thread only for the first item after an idle time and when
// half of the limit is used; else that thread wakes itself once per commit interval, right after the usual
// time of arrival, so that one tick costs one wake-up.
class StoreQueue {
 public:
  enum class Wake : std::uint8_t { work, stop };

  explicit StoreQueue(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // Any thread. After stop() nothing is taken in.
  void push(const SampleBatch& batch);
  void push(Event event);
  void push(JobRun run);
  void push(CleanupRun run);
  void push(CleanupAction action);
  void push(UsageChange change);
  void advance(std::int64_t seq);
  void advance_periods(std::int64_t period);
  void set_aside(std::vector<DeadLetter> letters);
  void set_epoch(std::int64_t epoch);
  void set_backward_steps(std::int64_t steps);
  void check();
  void set_bytes_max(std::uint64_t bytes_max);
  void stop();
  [[nodiscard]] std::uint64_t samples() const;  // waiting or taken and not done
  // Makes the store thread commit at once, and waits until all items that were pushed before are done. False
  // at the deadline, after stop(), when the commit failed, or when what cleanup pushed since the last flush
  // found no room.
  [[nodiscard]] bool flush(std::chrono::milliseconds deadline);

  // The store thread. Until a commit is due.
  [[nodiscard]] Wake wait_for_commit(std::chrono::milliseconds commit_interval);
  // Until `retry` has passed, whatever arrives meanwhile, or somebody flushes.
  [[nodiscard]] Wake wait_for_retry(std::chrono::milliseconds retry);
  // At most half of the limit, so that newer batches always find room beside a commit that hangs.
  [[nodiscard]] StoreWork take();
  void done(StoreWork work);
  // The store cannot be written now: whoever flushes need not wait longer.
  void failed();

 private:
  using Lock = std::unique_lock<std::mutex>;
  template <class Change>
  void order(const Change& change);
  void push_item(StoreItem item, std::uint64_t bytes, std::uint64_t samples);
  void notify_if_needed(Lock& lock);
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::uint64_t oldest_item() const;
  [[nodiscard]] bool flush_waits() const { return oldest_item() <= flush_to_; }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable settled_;  // for flush(): something was done, lost or has failed
  // All below is protected by mutex_.
  std::uint64_t bytes_max_;
  StoreWork waiting_;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t taken_samples_ = 0;
  std::vector<SampleBatch> spare_;
  std::chrono::steady_clock::time_point newest_arrival_;
  std::chrono::steady_clock::time_point last_taken_arrival_;
  bool waits_for_first_ = false;     // the store thread sleeps without a deadline
  bool waits_for_pressure_ = false;  // the store thread wants to know when half of the limit is used
  bool stop_ = false;
  // Items are numbered from 1 in the order of their arrival; those that wait are the last ones.
  std::uint64_t newest_item_ = 0;
  std::optional<std::uint64_t> first_taken_;  // oldest item that is taken and not done
  std::uint64_t flush_to_ = 0;                // up to here somebody waits
  std::uint64_t failures_ = 0;
  std::uint64_t lost_ = 0;       // items of cleanup that found no room
  std::uint64_t lost_told_ = 0;  // of these, the flush that came next has failed
};

}  // namespace caretaker
