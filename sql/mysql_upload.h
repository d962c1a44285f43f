// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/identity.h"
#include "base/record.h"
#include "base/result.h"
#include "base/told_reasons.h"
#include "sql/mysql_batch_size.h"
#include "sql/mysql_hosts.h"
#include "sql/mysql_writer.h"
#include "sql/store_reader.h"

namespace caretaker {

class LocalStore;

// A server that refuses rows of every delivery is told of once in so long without any.
inline constexpr std::chrono::minutes refusals_told_again_after{10};

// What an upload did since it was made.
struct UploadCounters {
  std::uint64_t deliveries = 0;  // committed transactions of samples
  std::uint64_t rows = 0;        // sample rows sent
  std::uint64_t duplicates = 0;  // of these, already there: the first value stayed
  std::uint64_t retries = 0;     // transactions that were tried again
  std::uint64_t refused = 0;     // rows set aside
  std::uint64_t repeated = 0;    // rows of the deliveries that were last asked for again
  std::uint64_t restored = 0;    // of these, lost by the server
};

// Where delivery stands and how it goes on: the cursor, the ledger and the epoch, in the order of the local
// store. Lives through reconnects. On the delivery's thread, but for request_repeat().
class MysqlUpload {
 public:
  using OnEvent = std::function<void(Event)>;
  MysqlUpload(const HostIdentity& host, std::string address, LocalStore& store, OnEvent on_event);

  // Follows the local store to another epoch. False: it is not open yet.
  [[nodiscard]] bool follow_store();
  // The next run() compares with the ledger again.
  void reconnected() { ledger_read_ = false; }

  // Delivers what waits until `stop` or `end`: samples, then what is repeated, then rollups. Errors from 1000
  // on are MySQL's (mysql_errors.h) and cost the connection; others are the local store's.
  [[nodiscard]] Result<> run(MysqlConnection& connection, MysqlWriter& writer, const std::stop_token& stop,
                             std::chrono::steady_clock::time_point end);

  // Any thread: all batches and rollups from `since_ms` on are sent once more with the next run().
  void request_repeat(std::int64_t since_ms) { repeat_since_ms_ = since_ms; }

  [[nodiscard]] const UploadCounters& counters() const { return counters_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Run {
    MysqlConnection& connection;
    MysqlWriter& writer;
    const std::stop_token& stop;
    Clock::time_point end;
    [[nodiscard]] bool over() const { return stop.stop_requested() || Clock::now() >= end; }
  };

  Result<> look_for_clone(MysqlConnection& connection);
  Result<> upload_batches(Run& run);
  Result<> upload_repeated(Run& run);
  Result<> upload_periods(Run& run);
  Result<> resolve_ledger(MysqlConnection& connection);
  Result<> begin_epoch(MysqlConnection& connection);
  Result<Delivered> deliver(MysqlWriter& writer, const std::vector<StoredBatch>& batches, LedgerStep step);
  void delivered(const std::vector<StoredBatch>& batches, const Delivered& done);
  void set_aside(const std::vector<DeadLetter>& letters);
  void tell_refused_again(const std::vector<DeadLetter>& letters);
  Result<> begin_repeat();
  template <class T>
  std::unexpected<Error> local_error(const Result<T>& failed);
  void raise(std::string kind, std::string message);

  const HostIdentity& host_;
  const std::string address_;
  LocalStore& store_;
  const OnEvent on_event_;
  StoreReader reader_;
  MysqlBatchSize size_;
  CloneWatch clones_;
  UploadCounters counters_;

  std::int64_t store_epoch_ = 0;         // as the store last told
  std::int64_t epoch_ = 0;               // in use; ahead of the store's until it has committed a new one
  std::int64_t cursor_ = 0;              // all up to here is in MySQL
  std::int64_t period_cursor_ = 0;       // the same for rollups
  std::int64_t redeliver_until_ms_ = 0;  // what is not newer may be there already
  bool ledger_read_ = false;
  std::int64_t aside_seq_ = 0;  // up to here set_aside() has counted
  ToldReasons refused_told_{refusals_told_again_after};

  std::atomic<std::int64_t> repeat_since_ms_{0};  // asked for, not begun
  std::int64_t repeat_cursor_ = 0;                // repeated up to here ...
  std::int64_t repeat_to_ = 0;                    // ... and to go on to here
};

}  // namespace caretaker
