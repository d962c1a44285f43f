// SPDX-License-Identifier: MIT
#include "sql/store_thread.h"

#include <fmt/format.h>
#include <pthread.h>

#include <cerrno>
#include <utility>

#include "sql/sample_id.h"
#include "sql/store_files.h"

namespace caretaker {
namespace {

// Drops of one reason are one episode, reported at its begin, until none was seen for so long.
constexpr std::int64_t drop_episode_ms = 600'000;
// Between two checks of the whole file.
constexpr std::chrono::hours check_interval{1};
// A store that is corrupt again right after it was made anew is retried later.
constexpr int quarantines_per_attempt_max = 1;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StoreThread::StoreThread(LocalStoreOptions options, HostIdentity host, LocalStore::OnEvent on_event)
    : path_(options.path),
      host_(std::move(host)),
      queue_(options.queue_bytes_max),
      options_(std::move(options)),
      on_event_(std::move(on_event)) {}

bool StoreThread::run(std::promise<Result<>>& first_attempt) {
  ::pthread_setname_np(::pthread_self(), "store");
  auto lock = StoreLock::acquire(path_);
  if (!lock && lock.error().code == EWOULDBLOCK) {
    first_attempt.set_value(std::unexpected(lock.error()));
    return false;
  }
  if (lock) lock_ = std::move(*lock);
  work();
  first_attempt.set_value({});
  for (;;) {
    const auto wake = session_ != nullptr ? queue_.wait_for_commit(options().commit_interval)
                                          : queue_.wait_for_retry(options().retry_interval);
    work();
    if (wake == StoreQueue::Wake::stop) break;
  }
  const bool all_committed = session_ != nullptr;
  session_.reset();  // copies the log into the database
  lock_.reset();
  return all_committed;
}

void StoreThread::work() {
  if (session_ != nullptr && session_->has_moved()) {
    last_state_ = session_->state();
    session_.reset();
    raise("store_moved", path_, "the store was moved or removed while in use: another one is opened");
  }
  for (int quarantines = 0;; ++quarantines) {
    const auto committed = commit_all();
    if (committed) return;
    on_failure(committed.error());
    if (!is_corruption(committed.error()) || quarantines == quarantines_per_attempt_max) break;
    quarantine();
  }
  queue_.failed();
}

Result<> StoreThread::commit_all() {
  if (session_ == nullptr) {
    if (auto opened = open(); !opened) return opened;
  }
  for (;;) {
    if (in_flight_.empty()) in_flight_ = queue_.take();
    if (in_flight_.empty()) break;
    if (auto checked = check_if_asked(); !checked) return checked;
    if (auto committed = commit_in_flight(); !committed) return committed;
  }
  return {};
}

Result<> StoreThread::open() {
  if (!lock_) {
    auto lock = StoreLock::acquire(path_);
    if (!lock) return std::unexpected(lock.error());
    lock_ = std::move(*lock);
  }
  auto session = StoreSession::open(path_, host_, last_state_);
  if (!session) return std::unexpected(session.error());
  session_ = std::move(*session);
  const bool committed_after_all = doubtful_seq_ && last_state_ && *doubtful_seq_ > last_state_->last_seq &&
                                   session_->state().epoch == last_state_->epoch &&
                                   session_->state().last_seq == *doubtful_seq_;
  if (committed_after_all) queue_.done(std::exchange(in_flight_, {}));
  doubtful_seq_.reset();
  last_state_.reset();
  // An epoch that could not be committed begins again with the next attempt.
  const std::string& reason = session_->epoch_reason();
  if (!reason.empty() && epochs_told_.is_new(reason)) {
    raise("epoch_begun", path_, "deliveries begin a new epoch: " + reason);
  }
  publish();
  return {};
}

Result<> StoreThread::check_if_asked() {
  if (!std::exchange(in_flight_.orders.check, false)) return {};
  const auto now = std::chrono::steady_clock::now();
  if (last_check_ && now - *last_check_ < check_interval) return {};
  last_check_ = now;
  return session_->check();
}

Result<> StoreThread::commit_in_flight() {
  const LocalStoreOptions current = options();
  const StoreCounters before = session_->state().counters;
  const auto begin = std::chrono::steady_clock::now();
  const auto committed = session_->commit(in_flight_,
                                          {.age = current.retention,
                                           .age_1m = current.retention_1m,
                                           .age_1h = current.retention_1h,
                                           .size_bytes_max = current.size_bytes_max,
                                           .delivery = current.delivery},
                                          now_ms());
  if (!committed) return committed;
  last_commit_duration_ =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  ++commits_;
  queue_.done(std::exchange(in_flight_, {}));
  report_drops(before);
  publish();
  epochs_told_.clear();
  if (!failures_told_.empty()) {
    failures_told_.clear();
    raise("store_recovered", path_, "the store is written again");
  }
  return session_->checkpoint_if_due(current.size_bytes_max);
}

void StoreThread::on_failure(const Error& error) {
  if (session_ != nullptr) {
    last_state_ = session_->state();
    doubtful_seq_ = session_->attempted_seq();
    session_.reset();
  }
  {
    const std::lock_guard guard(mutex_);
    published_.writable = false;
    published_.last_error = error.message;
  }
  if (is_corruption(error) || !failures_told_.is_new(error.message)) return;
  raise("store_failing", path_, "the store cannot be written, samples wait in memory: " + error.message);
}

void StoreThread::quarantine() {
  if (!last_state_) last_state_ = StoreStateTable::salvage(path_);
  doubtful_seq_.reset();
  const auto moved = quarantine_store(path_, now_ms());
  if (!moved) {
    on_failure(moved.error());
    return;
  }
  const std::string lost =
      last_state_ ? fmt::format("{}", last_state_->counters.pending) : "an unknown number of";
  const std::string message = fmt::format(
      "the store was corrupt and is now {}; a new one is begun; {} undelivered samples are only in the old "
      "one",
      *moved, lost);
  if (quarantines_told_.is_new(message, now_ms())) raise("store_quarantined", path_, message);
}

void StoreThread::report_drops(const StoreCounters& before) {
  for (const auto& [reason, count] : session_->state().counters.dropped) {
    const auto old = before.dropped.find(reason);
    const std::uint64_t dropped = count - (old == before.dropped.end() ? 0 : old->second);
    if (dropped == 0) continue;
    const std::int64_t now = now_ms();
    const std::int64_t last = std::exchange(last_drop_ms_[reason], now);
    if (last != 0 && now - last < drop_episode_ms) continue;
    std::string why;
    if (reason == "series_conflict") why = ", the id belongs to another series than " + session_->conflict();
    if (reason == "series_too_many") {
      why = fmt::format(", the store knows {} series: move it away to begin a new one", series_max);
    }
    raise("samples_dropped", reason, fmt::format("{} samples were dropped: {}{}", dropped, reason, why));
  }
}

void StoreThread::raise(std::string_view kind, std::string_view subject, std::string message) {
  const Event event{.time_ms = now_ms(),
                    .kind = std::string(kind),
                    .subject = std::string(subject),
                    .message = std::move(message)};
  queue_.push(event);
  const std::lock_guard guard(event_mutex_);
  if (on_event_) on_event_(event);
}

void StoreThread::publish() {
  const StoreState& state = session_->state();
  const std::lock_guard guard(mutex_);
  published_ = {.writable = true,
                .last_error = {},
                .counters = state.counters,
                .epoch = state.epoch,
                .last_seq = state.last_seq,
                .delivered_seq = state.delivered_seq,
                .delivered_period = state.delivered_period,
                .oldest_pending_ms = session_->oldest_pending_ms(),
                .newest_at_open_ms = session_->newest_at_open_ms(),
                .backward_steps = state.backward_steps,
                .size_bytes = session_->size_bytes(),
                .queue_samples = 0,
                .commits = commits_,
                .last_commit_duration = last_commit_duration_};
}

StoreStatus StoreThread::status() const {
  StoreStatus status;
  {
    const std::lock_guard guard(mutex_);
    status = published_;
  }
  status.queue_samples = queue_.samples();
  return status;
}

LocalStoreOptions StoreThread::options() const {
  const std::lock_guard guard(mutex_);
  return options_;
}

void StoreThread::reconfigure(LocalStoreOptions options) {
  queue_.set_bytes_max(options.queue_bytes_max);
  const std::lock_guard guard(mutex_);
  options_ = std::move(options);
  options_.path = path_;
}

void StoreThread::silence() {
  const std::lock_guard guard(event_mutex_);
  on_event_ = nullptr;
}

}  // namespace caretaker
