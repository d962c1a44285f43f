// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/identity.h"
#include "sql/cleanup_tables.h"
#include "sql/retention.h"
#include "sql/rollup_writer.h"
#include "sql/series_numbers.h"
#include "sql/sqlite.h"
#include "sql/store_queue.h"
#include "sql/store_state.h"

namespace caretaker {

// The open store: the writing connection with its statements and caches. Store thread. After any error it
// must be destroyed, which rolls back what the failed commit had begun, and opened again.
class StoreSession {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StoreSession>> open(const std::string& path,
                                                                  const HostIdentity& host,
                                                                  const std::optional<StoreState>& previous);
  StoreSession(const StoreSession&) = delete;
  StoreSession& operator=(const StoreSession&) = delete;
  ~StoreSession() = default;

  // One transaction: the items in order, the cursor, the epoch, retention and the counters of all of it. With
  // records of cleanup it is on the disk afterwards (synchronous = FULL): what they are about is deleted
  // next.
  [[nodiscard]] Result<> commit(const StoreWork& work, const RetentionLimits& limits, std::int64_t now_ms);

  // Copies the write-ahead log into the database when it has become long. Fails only when that finds
  // corruption.
  [[nodiscard]] Result<> checkpoint_if_due(std::uint64_t size_bytes_max);

  // Reads the whole file, which takes about 25 s per GiB; corruption is an error.
  [[nodiscard]] Result<> check();

  // The last committed state.
  [[nodiscard]] const StoreState& state() const { return state_table_.committed(); }
  // What the commit that failed, or the last one, would have made `last_seq`.
  [[nodiscard]] std::int64_t attempted_seq() const { return attempted_seq_; }
  [[nodiscard]] const std::string& epoch_reason() const { return state_table_.epoch_reason(); }
  // The time of the oldest undelivered batch, 0 when none waits.
  [[nodiscard]] std::int64_t oldest_pending_ms() const { return oldest_pending_ms_; }
  // The newest time of any batch when the store was opened, 0 when it had none.
  [[nodiscard]] std::int64_t newest_at_open_ms() const { return newest_at_open_ms_; }
  [[nodiscard]] bool has_moved() const { return connection_->has_moved(); }
  // What the store's files have after the last commit.
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  // The last series that was refused because its id belongs to other text; empty when none was.
  [[nodiscard]] const std::string& conflict() const { return conflict_; }

 private:
  static constexpr std::size_t rows_per_statement = 16;

  struct Statements {
    SqliteStatement begin;
    SqliteStatement commit;
    SqliteStatement batch;
    SqliteStatement sample;
    SqliteStatement samples;  // rows_per_statement at once: half the time per row
    SqliteStatement event;
    SqliteStatement job_run;
    SqliteStatement rows_between;
    SqliteStatement dead_letter;
    SqliteStatement dead_letters_between;
    SqliteStatement oldest_pending;
  };
  struct Row {
    std::int64_t series;
    std::size_t position;  // in the batch: of a repeated series the first is kept
    Value value;
    [[nodiscard]] std::pair<std::int64_t, std::size_t> order() const { return {series, position}; }
  };

  StoreSession(std::unique_ptr<SqliteConnection> connection, StoreStateTable state_table,
               SeriesNumbers numbers, RollupWriter rollups, Retention retention, CleanupTables cleanup,
               Statements statements);
  static Result<Statements> prepare(SqliteConnection& connection);

  Result<> set_durable(bool durable);
  Result<> write(const StoreWork& work, const RetentionLimits& limits, std::int64_t now_ms,
                 StoreState& state);
  Result<> write(const StoreItem& item, StoreState& state);
  Result<> write(const SampleBatch& batch, StoreState& state);
  Result<> write(const Event& event, StoreState& state);
  Result<> write(const JobRun& run, StoreState& state);
  Result<> write(const CleanupRun& run, StoreState& state);
  Result<> write(const CleanupAction& action, StoreState& state);
  Result<> write(const UsageChange& change, StoreState& state);
  Result<> write_batch(std::int64_t time_ms, std::string_view collector, std::size_t rows, StoreState& state);
  Result<> write_samples(std::int64_t seq);
  Result<> number_rows(const SampleBatch& batch, StoreState& state);
  Result<> follow(const StoreOrders& orders, StoreState& state);
  Result<> set_aside(const DeadLetter& letter, StoreState& state);
  Result<> advance(std::int64_t seq, StoreState& state);
  Result<std::uint64_t> count_between(SqliteStatement& statement, std::int64_t after_seq,
                                      std::int64_t to_seq);
  Result<> read_oldest_pending(const StoreState& state);

  std::unique_ptr<SqliteConnection> connection_;
  StoreStateTable state_table_;
  SeriesNumbers numbers_;
  RollupWriter rollups_;
  Retention retention_;
  CleanupTables cleanup_;
  Statements statements_;
  std::vector<Row> rows_;  // of the batch being written
  std::uint64_t size_bytes_;
  std::int64_t attempted_seq_ = 0;
  std::int64_t oldest_pending_ms_ = 0;
  std::int64_t newest_at_open_ms_ = 0;
  std::string conflict_;
  bool durable_ = false;  // what `synchronous` is set to
};

}  // namespace caretaker
