// SPDX-License-Identifier: MIT
#include "sql/mysql_upload.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/random_id.h"
#include "sql/local_store.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_ledger.h"

namespace caretaker {
namespace {

std::int64_t now_ms() {
  return SystemClock().now().realtime_ns / ns_per_ms;
}

constexpr int tries_max = 3;  // of one transaction that lost against another one

template <class T, class Batches>
bool is_too_large(const Result<T>& done, const Batches& batches) {
  return !done && batches.size() > 1 && classify_mysql_error(done.error().code) == MysqlErrorClass::too_large;
}

}  // namespace

MysqlUpload::MysqlUpload(const HostIdentity& host, std::string address, LocalStore& store, OnEvent on_event)
    : host_(host),
      address_(std::move(address)),
      store_(store),
      on_event_(std::move(on_event)),
      reader_(store.path()) {}

// An epoch that we did not ask for: the store was lost and begun anew, or this is the first look.
bool MysqlUpload::follow_store() {
  const StoreStatus store = store_.status();
  if (store.epoch == store_epoch_) return epoch_ != 0;
  store_epoch_ = store.epoch;
  if (store.epoch != epoch_) {
    epoch_ = store.epoch;
    cursor_ = store.delivered_seq;
    period_cursor_ = store.delivered_period;
    repeat_to_ = 0;
    ledger_read_ = false;
  }
  return epoch_ != 0;
}

Result<> MysqlUpload::run(MysqlConnection& connection, MysqlWriter& writer, const std::stop_token& stop,
                          std::chrono::steady_clock::time_point end) {
  Run run{.connection = connection, .writer = writer, .stop = stop, .end = end};
  Result<> done = look_for_clone(connection);
  if (done) done = upload_batches(run);
  if (done) done = begin_repeat();
  if (done) done = upload_repeated(run);
  if (done) done = upload_periods(run);
  return done;
}

Result<> MysqlUpload::look_for_clone(MysqlConnection& connection) {
  const auto epoch = read_host_epoch(connection, host_.id);
  if (!epoch) return std::unexpected(epoch.error());
  if (clones_.sees_another(*epoch)) {
    raise("machine_id_cloned",
          fmt::format("another agent delivers under this machine's id ({}): give every machine an id of its "
                      "own (rm /etc/machine-id; systemd-machine-id-setup) and restart Caretaker there",
                      host_.machine_id));
  }
  return {};
}

Result<> MysqlUpload::upload_batches(Run& run) {
  while (!run.over()) {
    if (!ledger_read_) {
      if (auto resolved = resolve_ledger(run.connection); !resolved) return resolved;
    }
    const auto batches = reader_.batches(cursor_, size_.rows());
    if (!batches) return local_error(batches);
    if (batches->empty()) return {};
    const bool redelivery = std::ranges::any_of(
        *batches, [this](const StoredBatch& batch) { return batch.time_ms <= redeliver_until_ms_; });
    const auto done =
        deliver(run.writer, *batches,
                {.epoch = epoch_, .from_seq = cursor_, .redelivery = redelivery, .repeats = false});
    if (is_too_large(done, *batches)) {
      size_.too_large();
      continue;
    }
    if (!done) return std::unexpected(done.error());
    if (!done->refused.empty()) {
      set_aside(done->refused);
      return {};  // until the store has listed them
    }
    delivered(*batches, *done);
  }
  return {};
}

Result<Delivered> MysqlUpload::deliver(MysqlWriter& writer, const std::vector<StoredBatch>& batches,
                                       LedgerStep step) {
  for (int attempt = 1;; ++attempt) {
    pass(FaultPoint::send);
    const auto began = Clock::now();
    auto done = writer.deliver(batches, step);
    if (done) {
      size_.succeeded(Clock::now() - began);
      if (done->ledger_matched && done->refused.empty()) clones_.wrote(epoch_);
      return done;
    }
    const bool conflict = classify_mysql_error(done.error().code) == MysqlErrorClass::retry;
    if (conflict) size_.conflicted();
    // Rows that nobody expected there: the first value stays, and the status counts them.
    const bool again = done.error().code == ER_DUP_ENTRY ? !std::exchange(step.redelivery, true) : conflict;
    if (!again || attempt == tries_max) return done;
    ++counters_.retries;
  }
}

void MysqlUpload::delivered(const std::vector<StoredBatch>& batches, const Delivered& done) {
  ledger_read_ = done.ledger_matched;
  if (!done.ledger_matched) return;
  cursor_ = batches.back().seq;
  store_.advance(cursor_);
  pass(FaultPoint::cursor_advanced);
  ++counters_.deliveries;
  counters_.rows += done.rows;
  counters_.duplicates += done.duplicates;
}

void MysqlUpload::set_aside(const std::vector<DeadLetter>& letters) {
  store_.set_aside(letters);
  const std::int64_t newest = std::ranges::max(letters, {}, &DeadLetter::seq).seq;
  if (newest <= std::exchange(aside_seq_, std::max(aside_seq_, newest))) return;
  counters_.refused += letters.size();
  if (!refused_told_.is_new(letters.front().error, now_ms())) return;
  raise("rows_refused", fmt::format("the server refused {} rows, which stay in the local store's table "
                                    "dead_letters; the first: {}",
                                    letters.size(), letters.front().error));
}

// They count as delivered, and another repeat may bring them: so they are told of and not set aside.
void MysqlUpload::tell_refused_again(const std::vector<DeadLetter>& letters) {
  if (!refused_told_.is_new(letters.front().error, now_ms())) return;
  raise("rows_refused", fmt::format("the server refused {} rows that were sent again; the first: {}",
                                    letters.size(), letters.front().error));
}

Result<> MysqlUpload::resolve_ledger(MysqlConnection& connection) {
  const auto ledger = read_ledger(connection, host_.id, epoch_);
  if (!ledger) return std::unexpected(ledger.error());
  const LedgerRow found = ledger->row.value_or(LedgerRow{});
  const auto time_ms = reader_.batch_time_ms(found.last_seq);
  if (!time_ms) return local_error(time_ms);
  const LedgerDecision decision = decide(ledger->row, {.cursor_seq = cursor_, .batch_time_ms = *time_ms});
  cursor_ = decision.from_seq;
  redeliver_until_ms_ = ledger->others_until_ms;
  if (decision.kind == LedgerDecision::Kind::new_epoch) {
    redeliver_until_ms_ = std::max(redeliver_until_ms_, found.last_time_ms);
    epoch_ = random_id();
    store_.set_epoch(epoch_);
    raise("epoch_begun",
          fmt::format("MySQL has batches up to {} of this host, the local store has others: it went back in "
                      "time or was copied; delivery goes on after {} under a new epoch",
                      found.last_seq, cursor_));
  }
  if (decision.kind != LedgerDecision::Kind::follow) {
    if (auto begun = begin_epoch(connection); !begun) return begun;
  }
  store_.advance(cursor_);
  ledger_read_ = true;
  return {};
}

Result<> MysqlUpload::begin_epoch(MysqlConnection& connection) {
  const auto time_ms = reader_.batch_time_ms(cursor_);
  if (!time_ms) return local_error(time_ms);
  return open_epoch(connection, host_.id, epoch_, LedgerRow{cursor_, *time_ms});
}

Result<> MysqlUpload::begin_repeat() {
  const std::int64_t since_ms = repeat_since_ms_.exchange(0);
  if (since_ms == 0) return {};
  const auto first = reader_.first_seq_since(since_ms);
  if (!first) return local_error(first);
  const auto first_period = reader_.first_period_since(since_ms);
  if (!first_period) return local_error(first_period);
  counters_.repeated = counters_.restored = 0;
  repeat_cursor_ = *first == 0 ? cursor_ : *first - 1;
  repeat_to_ = cursor_;
  if (*first_period != 0) period_cursor_ = std::min(period_cursor_, *first_period - 1);
  return {};
}

Result<> MysqlUpload::upload_repeated(Run& run) {
  if (repeat_to_ == 0) return {};
  while (repeat_cursor_ < repeat_to_) {
    if (run.over()) return {};
    auto batches = reader_.batches(repeat_cursor_, size_.rows());
    if (!batches) return local_error(batches);
    std::erase_if(*batches, [this](const StoredBatch& batch) { return batch.seq > repeat_to_; });
    if (batches->empty()) break;
    const auto done =
        deliver(run.writer, *batches, {.epoch = epoch_, .from_seq = 0, .redelivery = true, .repeats = true});
    if (is_too_large(done, *batches)) {
      size_.too_large();
      continue;
    }
    if (!done) return std::unexpected(done.error());
    if (!done->refused.empty()) tell_refused_again(done->refused);
    repeat_cursor_ = batches->back().seq;
    counters_.repeated += done->rows;
    counters_.restored += done->rows - done->duplicates;
  }
  repeat_to_ = 0;
  raise("redelivered", fmt::format("what was delivered was sent again: {} samples, {} of them were missing",
                                   counters_.repeated, counters_.restored));
  return {};
}

Result<> MysqlUpload::upload_periods(Run& run) {
  while (!run.over()) {
    const auto periods = reader_.periods(period_cursor_, size_.rows());
    if (!periods) return local_error(periods);
    if (periods->empty()) return {};
    const auto done = run.writer.deliver(*periods, epoch_);
    if (is_too_large(done, *periods)) {
      size_.too_large();
      continue;
    }
    if (!done) return done;
    pass(FaultPoint::periods_committed);
    clones_.wrote(epoch_);
    period_cursor_ = periods->back().number;
    store_.advance_periods(period_cursor_);
  }
  return {};
}

// A store that cannot be read: the store thread finds out whether it is corrupt.
template <class T>
std::unexpected<Error> MysqlUpload::local_error(const Result<T>& failed) {
  if (failed.error().code == EUCLEAN) store_.check();
  return std::unexpected(failed.error());
}

void MysqlUpload::raise(std::string kind, std::string message) {
  on_event_(
      {.time_ms = now_ms(), .kind = std::move(kind), .subject = address_, .message = std::move(message)});
}

}  // namespace caretaker
