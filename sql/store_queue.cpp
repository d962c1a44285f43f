// SPDX-License-Identifier: MIT
#include "sql/store_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace caretaker {
namespace {

using std::chrono::steady_clock;

// How long after the first arrival the other jobs of the same tick are waited for.
constexpr std::chrono::milliseconds gather_time{20};
constexpr std::size_t spare_batches_max = 32;
constexpr std::size_t dead_letters_max = 1'000;  // waiting to be listed
// A larger buffer than a usual batch needs is given back to the system.
constexpr std::size_t spare_samples_max = 4096;

std::uint64_t samples_in(const StoreItem& item) {
  const auto* batch = std::get_if<SampleBatch>(&item);
  return batch != nullptr ? batch->samples().size() : 0;
}

std::uint64_t bytes_of(const SampleBatch& batch) {
  return sizeof(StoreItem) + batch.samples().size() * sizeof(Sample);
}

std::uint64_t bytes_of(const Event& event) {
  return sizeof(StoreItem) + event.kind.size() + event.subject.size() + event.message.size();
}

std::uint64_t bytes_of(const JobRun& run) {
  return sizeof(StoreItem) + run.job.size() + run.standard_output.size() + run.standard_error.size();
}

std::uint64_t bytes_of(const CleanupRun& run) {
  return sizeof(StoreItem) + run.trigger.size() + run.mode.size() + run.engine.size() + run.outcome.size() +
         run.note.size() + run.filesystem.size() + run.verdicts.size();
}

std::uint64_t bytes_of(const CleanupAction& action) {
  return sizeof(StoreItem) + action.object_id.size() + action.names.size() + action.reason.size() +
         action.explanation.size() + action.state.size() + action.engine_message.size();
}

std::uint64_t bytes_of(const UsageChange& change) {
  std::uint64_t bytes = sizeof(StoreItem);
  for (const ObjectUsage& usage : change.changed) bytes += sizeof(ObjectUsage) + usage.id.size();
  for (const auto& [kind, id] : change.forgotten) bytes += sizeof(change.forgotten.front()) + id.size();
  return bytes;
}

bool is_of_cleanup(const StoreItem& item) {
  return std::holds_alternative<CleanupRun>(item) || std::holds_alternative<CleanupAction>(item) ||
         std::holds_alternative<UsageChange>(item);
}

std::uint64_t bytes_of(const StoreItem& item) {
  return std::visit([](const auto& content) { return bytes_of(content); }, item);
}

}  // namespace

void StoreQueue::push(const SampleBatch& batch) {
  SampleBatch copy;
  {
    const Lock lock(mutex_);
    if (!spare_.empty()) {
      copy = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  copy = batch;  // into the recycled memory, without the lock
  push_item(std::move(copy), bytes_of(batch), batch.samples().size());
}

void StoreQueue::push(Event event) {
  const std::uint64_t bytes = bytes_of(event);
  push_item(std::move(event), bytes, 0);
}

void StoreQueue::push(JobRun run) {
  const std::uint64_t bytes = bytes_of(run);
  push_item(std::move(run), bytes, 0);
}

void StoreQueue::push(CleanupRun run) {
  const std::uint64_t bytes = bytes_of(run);
  push_item(std::move(run), bytes, 0);
}

void StoreQueue::push(CleanupAction action) {
  const std::uint64_t bytes = bytes_of(action);
  push_item(std::move(action), bytes, 0);
}

void StoreQueue::push(UsageChange change) {
  const std::uint64_t bytes = bytes_of(change);
  push_item(std::move(change), bytes, 0);
}

void StoreQueue::push_item(StoreItem item, std::uint64_t bytes, std::uint64_t samples) {
  Lock lock(mutex_);
  if (stop_) return;
  waiting_.items.push_back(std::move(item));
  ++newest_item_;
  waiting_.bytes += bytes;
  waiting_.samples += samples;
  newest_arrival_ = steady_clock::now();
  while (waiting_.bytes + taken_bytes_ > bytes_max_ && !waiting_.items.empty()) {
    const StoreItem& oldest = waiting_.items.front();
    waiting_.bytes -= bytes_of(oldest);
    waiting_.samples -= samples_in(oldest);
    waiting_.dropped_samples += samples_in(oldest);
    if (is_of_cleanup(oldest)) ++lost_;
    waiting_.items.pop_front();
    settled_.notify_all();
  }
  notify_if_needed(lock);
}

bool StoreQueue::flush(std::chrono::milliseconds deadline) {
  Lock lock(mutex_);
  const std::uint64_t lost_before = std::exchange(lost_told_, lost_);
  if (stop_ || lost_before != lost_) return false;
  const std::uint64_t to = newest_item_;
  const std::uint64_t failures_before = failures_;
  flush_to_ = std::max(flush_to_, to);
  if (flush_waits()) {
    waits_for_first_ = false;
    waits_for_pressure_ = false;
    changed_.notify_one();
  }
  const std::uint64_t lost_now = lost_;
  const auto is_done = [&] { return oldest_item() > to; };
  settled_.wait_for(lock, deadline,
                    [&] { return is_done() || failures_ != failures_before || lost_ != lost_now; });
  const bool lost_meanwhile = lost_ != lost_now;
  lost_told_ = lost_;
  return is_done() && !lost_meanwhile;
}

// The oldest item that is not done, or the next one to come.
std::uint64_t StoreQueue::oldest_item() const {
  return first_taken_.value_or(newest_item_ - waiting_.items.size() + 1);
}

template <class Change>
void StoreQueue::order(const Change& change) {
  Lock lock(mutex_);
  change(waiting_.orders);
  notify_if_needed(lock);
}

void StoreQueue::advance(std::int64_t seq) {
  order([&](StoreOrders& orders) { orders.advance_to = std::max(orders.advance_to.value_or(seq), seq); });
}

void StoreQueue::advance_periods(std::int64_t period) {
  order([&](StoreOrders& orders) {
    orders.advance_periods_to = std::max(orders.advance_periods_to.value_or(period), period);
  });
}

void StoreQueue::set_aside(std::vector<DeadLetter> letters) {
  // Those that find no room are refused by the server again.
  order([&](StoreOrders& orders) {
    const std::size_t room = dead_letters_max - std::min(dead_letters_max, orders.dead_letters.size());
    const auto count = static_cast<std::ptrdiff_t>(std::min(room, letters.size()));
    std::move(letters.begin(), letters.begin() + count, std::back_inserter(orders.dead_letters));
  });
}

void StoreQueue::set_epoch(std::int64_t epoch) {
  order([&](StoreOrders& orders) { orders.epoch = epoch; });
}

void StoreQueue::set_backward_steps(std::int64_t steps) {
  order([&](StoreOrders& orders) { orders.backward_steps = steps; });
}

void StoreQueue::check() {
  order([](StoreOrders& orders) { orders.check = true; });
}

void StoreQueue::set_bytes_max(std::uint64_t bytes_max) {
  const Lock lock(mutex_);
  bytes_max_ = bytes_max;
}

void StoreQueue::stop() {
  const Lock lock(mutex_);
  stop_ = true;
  changed_.notify_one();
}

std::uint64_t StoreQueue::samples() const {
  const Lock lock(mutex_);
  return waiting_.samples + taken_samples_;
}

bool StoreQueue::idle() const {
  return waiting_.empty();
}

void StoreQueue::notify_if_needed(Lock& lock) {
  const bool pressure = waits_for_pressure_ && waiting_.bytes >= bytes_max_ / 2;
  if (!waits_for_first_ && !pressure) return;
  waits_for_first_ = false;
  waits_for_pressure_ = false;
  lock.unlock();
  changed_.notify_one();
}

StoreQueue::Wake StoreQueue::wait_for_commit(std::chrono::milliseconds commit_interval) {
  Lock lock(mutex_);
  const auto gather = std::min<steady_clock::duration>(gather_time, commit_interval / 2);
  auto due = last_taken_arrival_ + commit_interval + gather;
  const auto pressed = [this] { return stop_ || waiting_.bytes >= bytes_max_ / 2 || flush_waits(); };
  waits_for_pressure_ = true;
  changed_.wait_until(lock, due, pressed);
  if (idle() && !stop_) {
    waits_for_first_ = true;
    changed_.wait(lock, [this] { return stop_ || !idle(); });
    due = steady_clock::now() + gather;
    waits_for_pressure_ = true;
    changed_.wait_until(lock, due, pressed);
  }
  waits_for_first_ = false;
  waits_for_pressure_ = false;
  return stop_ ? Wake::stop : Wake::work;
}

StoreQueue::Wake StoreQueue::wait_for_retry(std::chrono::milliseconds retry) {
  Lock lock(mutex_);
  changed_.wait_for(lock, retry, [this] { return stop_ || flush_waits(); });
  return stop_ ? Wake::stop : Wake::work;
}

StoreWork StoreQueue::take() {
  const Lock lock(mutex_);
  last_taken_arrival_ = newest_arrival_;
  StoreWork work;
  const std::uint64_t first = oldest_item();
  if (waiting_.bytes <= bytes_max_ / 2) {
    work = std::exchange(waiting_, {});
  } else {
    work.dropped_samples = std::exchange(waiting_.dropped_samples, 0);
    work.orders = std::exchange(waiting_.orders, {});
    while (!waiting_.items.empty() && (work.items.empty() || work.bytes < bytes_max_ / 2)) {
      StoreItem& oldest = waiting_.items.front();
      const std::uint64_t bytes = bytes_of(oldest);
      const std::uint64_t samples = samples_in(oldest);
      work.bytes += bytes;
      work.samples += samples;
      waiting_.bytes -= bytes;
      waiting_.samples -= samples;
      work.items.push_back(std::move(oldest));
      waiting_.items.pop_front();
    }
  }
  if (!first_taken_ && !work.items.empty()) first_taken_ = first;
  taken_bytes_ += work.bytes;
  taken_samples_ += work.samples;
  return work;
}

void StoreQueue::done(StoreWork work) {
  std::erase_if(work.items, [](StoreItem& item) {
    auto* batch = std::get_if<SampleBatch>(&item);
    if (batch == nullptr || batch->samples().size() > spare_samples_max) return true;
    batch->start({}, {});  // lets go of the series
    return false;
  });
  const Lock lock(mutex_);
  taken_bytes_ -= work.bytes;
  taken_samples_ -= work.samples;
  first_taken_.reset();
  settled_.notify_all();
  for (StoreItem& item : work.items) {
    if (spare_.size() >= spare_batches_max) break;
    spare_.push_back(std::move(std::get<SampleBatch>(item)));
  }
}

void StoreQueue::failed() {
  const Lock lock(mutex_);
  ++failures_;
  flush_to_ = 0;
  settled_.notify_all();
}

}  // namespace caretaker
