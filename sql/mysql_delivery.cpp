// SPDX-License-Identifier: MIT
#include "sql/mysql_delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/secrets.h"
#include "sql/local_store.h"
#include "sql/mysql_backoff.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_ledger.h"
#include "sql/mysql_maintenance.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_writer.h"
#include "sql/store_reader.h"

namespace caretaker {
namespace {

constexpr std::size_t rows_per_transaction_max = 20'000;
// A backlog that takes longer goes on with the next flush: a run without an end would look stuck.
constexpr std::chrono::seconds flush_time_max{20};
constexpr int tries_max = 3;  // of one transaction that lost against another one
constexpr int duplicate_key = 1062;
constexpr std::chrono::hours maintenance_interval{1};
// The shipped timer maintains daily; two times it may be late.
constexpr std::chrono::hours denial_grace{48};

// Never 0, which stands for a store that is not open yet.
std::uint64_t random_number() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device() | 1U;
}

}  // namespace

class MysqlDelivery::Impl {
 public:
  Impl(MysqlConfig config, HostIdentity host, LocalStore& store)
      : config_(std::move(config)), host_(std::move(host)), store_(store), reader_(store.path()) {}

  Result<> flush(const std::stop_token& stop);
  DeliveryStatus status() const;

 private:
  // A connection that is ready to write. Dropped as a whole after an error.
  struct Session {
    MysqlConnection connection;
    MysqlSchema schema;
    MysqlWriter writer;

    Session(MysqlConnection opened, MysqlSchema found, const HostIdentity& host)
        : connection(std::move(opened)),
          schema(std::move(found)),
          writer(connection, host, schema.system_monitor) {}
  };

  Result<> attempt(const std::stop_token& stop);
  void follow_store();
  Result<> connect();
  void maintain();
  void report_catch_all(const MaintenanceReport& report);
  void publish_note();
  Result<> resolve_ledger();
  Result<> begin_epoch();
  Result<> deliver(const std::vector<StoredBatch>& batches);
  void delivered(const std::vector<StoredBatch>& batches, const Delivered& done);
  std::unexpected<Error> mysql_failed(const Error& error, const std::string& account);
  void publish_error(std::string message);

  const MysqlConfig config_;
  const HostIdentity host_;
  LocalStore& store_;

  // The job's thread.
  StoreReader reader_;
  std::unique_ptr<Session> session_;
  MysqlBackoff backoff_{random_number()};
  Error last_failure_;                   // of MySQL; given again while the back-off lasts
  std::int64_t store_epoch_ = 0;         // as the store last told
  std::int64_t epoch_ = 0;               // in use; ahead of the store's until it has committed a new one
  std::int64_t cursor_ = 0;              // all up to here is in MySQL
  std::int64_t redeliver_until_ms_ = 0;  // what is not newer may be there already
  bool ledger_read_ = false;
  const std::int64_t holder_ = static_cast<std::int64_t>(random_number());  // of leases
  std::chrono::steady_clock::time_point next_maintenance_;
  bool catch_all_had_rows_ = false;
  std::string maintenance_note_;
  std::size_t rows_max_ = rows_per_transaction_max;  // halved when the server finds a transaction too large

  // Any thread.
  mutable std::mutex mutex_;
  DeliveryStatus status_;
};

Result<> MysqlDelivery::Impl::flush(const std::stop_token& stop) {
  if (!backoff_.ready(MysqlBackoff::Clock::now())) return std::unexpected(last_failure_);
  auto done = attempt(stop);
  if (done) backoff_.succeeded();
  publish_error(done ? "" : done.error().message);
  return done;
}

Result<> MysqlDelivery::Impl::attempt(const std::stop_token& stop) {
  follow_store();
  if (epoch_ == 0) return fail("the local store is not open, nothing can be delivered");
  if (!session_) {
    if (auto connected = connect(); !connected) return connected;
  }
  maintain();
  const auto end = std::chrono::steady_clock::now() + flush_time_max;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    if (!ledger_read_) {
      if (auto resolved = resolve_ledger(); !resolved) return resolved;
    }
    const auto batches = reader_.batches(cursor_, rows_max_);
    if (!batches) return std::unexpected(batches.error());
    if (batches->empty()) return {};
    if (auto sent = deliver(*batches); !sent) return sent;
  }
  return {};
}

// An epoch that we did not ask for: the store was lost and begun anew, or this is the first look.
void MysqlDelivery::Impl::follow_store() {
  const StoreStatus store = store_.status();
  if (store.epoch == store_epoch_) return;
  store_epoch_ = store.epoch;
  if (store.epoch == epoch_) return;
  epoch_ = store.epoch;
  cursor_ = store.delivered_seq;
  ledger_read_ = false;
}

Result<> MysqlDelivery::Impl::connect() {
  const auto password = resolve_mysql_password(config_);
  if (!password) return mysql_failed(password.error(), "");
  auto connection = MysqlConnection::connect(config_, *password);
  if (!connection) return mysql_failed(connection.error(), "");
  auto schema = bring_up_mysql_schema(*connection, config_.database, holder_);
  if (!schema) return mysql_failed(schema.error(), connection->server().account);
  session_ = std::make_unique<Session>(std::move(*connection), std::move(*schema), host_);
  ledger_read_ = false;
  const std::lock_guard lock(mutex_);
  status_.connected = true;
  status_.server = fmt::format("{} at {}", session_->connection.server().name, mysql_address(config_));
  publish_note();
  return {};
}

// Delivery does without it: a failure is only worth a note.
void MysqlDelivery::Impl::maintain() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_maintenance_) return;
  next_maintenance_ = now + maintenance_interval;
  const auto report = maintain_mysql(session_->connection, config_, session_->schema.system_monitor,
                                     {.holder = holder_, .denial_grace = denial_grace});
  if (report && report->elsewhere) return;
  const std::string problem = !report                    ? report.error().message
                              : report->problems.empty() ? ""
                                                         : report->problems.front();
  if (report) report_catch_all(*report);
  if (report && !report->finished) next_maintenance_ = now;
  const std::lock_guard lock(mutex_);
  maintenance_note_ = problem.empty() ? "" : "MySQL maintenance: " + problem;
  publish_note();
}

// With the mutex.
void MysqlDelivery::Impl::publish_note() {
  status_.note = maintenance_note_.empty() ? session_->schema.note : maintenance_note_;
}

// Once when rows are found there, and not again before there were none.
void MysqlDelivery::Impl::report_catch_all(const MaintenanceReport& report) {
  const std::uint64_t found = report.rows_moved + report.rows_in_catch_all;
  const bool had_some = std::exchange(catch_all_had_rows_, found > 0);
  if (found == 0 || had_some) return;
  store_.append(Event{SystemClock().now().realtime_ns / ns_per_ms, "catch_all_rows", mysql_address(config_),
                      fmt::format("{} rows were outside of all partitions: {} were moved, {} stay because "
                                  "their time is in the future",
                                  found, report.rows_moved, report.rows_in_catch_all)});
}

Result<> MysqlDelivery::Impl::resolve_ledger() {
  const auto ledger = read_ledger(session_->connection, host_.id, epoch_);
  if (!ledger) return mysql_failed(ledger.error(), session_->connection.server().account);
  const LedgerRow found = ledger->row.value_or(LedgerRow{});
  const auto time_ms = reader_.batch_time_ms(found.last_seq);
  if (!time_ms) return std::unexpected(time_ms.error());
  const LedgerDecision decision = decide(ledger->row, {.cursor_seq = cursor_, .batch_time_ms = *time_ms});
  cursor_ = decision.from_seq;
  redeliver_until_ms_ = ledger->others_until_ms;
  if (decision.kind == LedgerDecision::Kind::new_epoch) {
    redeliver_until_ms_ = std::max(redeliver_until_ms_, found.last_time_ms);
    epoch_ = static_cast<std::int64_t>(random_number());
    store_.set_epoch(epoch_);
    store_.append(
        Event{SystemClock().now().realtime_ns / ns_per_ms, "epoch_begun", mysql_address(config_),
              fmt::format("MySQL has batches up to {} of this host, the local store has others: it went "
                          "back in time or was copied; delivery goes on after {} under a new epoch",
                          found.last_seq, cursor_)});
  }
  if (decision.kind != LedgerDecision::Kind::follow) {
    if (auto begun = begin_epoch(); !begun) return begun;
  }
  store_.advance(cursor_);
  ledger_read_ = true;
  return {};
}

Result<> MysqlDelivery::Impl::begin_epoch() {
  const auto time_ms = reader_.batch_time_ms(cursor_);
  if (!time_ms) return std::unexpected(time_ms.error());
  const auto opened = open_epoch(session_->connection, host_.id, epoch_, LedgerRow{cursor_, *time_ms});
  if (!opened) return mysql_failed(opened.error(), session_->connection.server().account);
  return {};
}

Result<> MysqlDelivery::Impl::deliver(const std::vector<StoredBatch>& batches) {
  LedgerStep step{.epoch = epoch_, .from_seq = cursor_};
  step.redelivery = std::ranges::any_of(
      batches, [this](const StoredBatch& batch) { return batch.time_ms <= redeliver_until_ms_; });
  for (int attempt = 1;; ++attempt) {
    const auto done = session_->writer.deliver(batches, step);
    if (done) {
      delivered(batches, *done);
      return {};
    }
    const MysqlErrorClass error_class = classify_mysql_error(done.error().code);
    // Rows that nobody expected there: the first value stays, and the status counts them.
    const bool again = done.error().code == duplicate_key ? !std::exchange(step.redelivery, true)
                                                          : error_class == MysqlErrorClass::retry;
    if (error_class == MysqlErrorClass::too_large && batches.size() > 1) {
      rows_max_ = std::max<std::size_t>(1, rows_max_ / 2);
      return {};
    }
    if (!again || attempt == tries_max)
      return mysql_failed(done.error(), session_->connection.server().account);
    const std::lock_guard lock(mutex_);
    ++status_.retries;
  }
}

void MysqlDelivery::Impl::delivered(const std::vector<StoredBatch>& batches, const Delivered& done) {
  ledger_read_ = done.ledger_matched;
  if (!done.ledger_matched) return;
  cursor_ = batches.back().seq;
  store_.advance(cursor_);
  rows_max_ = std::min(rows_per_transaction_max, 2 * rows_max_);
  const std::lock_guard lock(mutex_);
  ++status_.deliveries;
  status_.rows += done.rows;
  status_.duplicates += done.duplicates;
}

std::unexpected<Error> MysqlDelivery::Impl::mysql_failed(const Error& error, const std::string& account) {
  last_failure_ = with_fix(error, {.address = mysql_address(config_),
                                   .user = config_.user,
                                   .account = account,
                                   .database = config_.database});
  backoff_.failed(classify_mysql_error(error.code), MysqlBackoff::Clock::now());
  session_.reset();
  const std::lock_guard lock(mutex_);
  status_.connected = false;
  ++status_.retries;
  return std::unexpected(last_failure_);
}

void MysqlDelivery::Impl::publish_error(std::string message) {
  const std::lock_guard lock(mutex_);
  status_.last_error = std::move(message);
}

DeliveryStatus MysqlDelivery::Impl::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

MysqlDelivery::MysqlDelivery(MysqlConfig config, HostIdentity host, LocalStore& store)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(host), store)) {}
MysqlDelivery::~MysqlDelivery() = default;

Result<> MysqlDelivery::flush(const std::stop_token& stop) {
  return impl_->flush(stop);
}
DeliveryStatus MysqlDelivery::status() const {
  return impl_->status();
}

}  // namespace caretaker
