// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/cleanup_record.h"
#include "base/record.h"
#include "base/result.h"
#include "sql/rollup.h"

namespace caretaker {

// A row of the local `series` table.
struct StoredSeries {
  std::int64_t id = 0;  // Series::id, the key in MySQL
  std::string collector;
  std::string metric;
  std::string labels;  // JSON
  std::string unit;
  std::string type;         // "gauge" or "counter"
  std::int64_t number = 0;  // the local one
};

struct StoredSample {
  const StoredSeries* series;  // owned by the StoreReader that returned it, until its next call
  double value;
};

// One committed batch, in the order of `seq`.
struct StoredBatch {
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;
  std::string collector;  // or "events", "job_runs", "cleanup_runs", "cleanup_actions"
  std::vector<StoredSample> samples;
  std::vector<Event> events;
  std::vector<JobRun> job_runs;
  std::vector<CleanupRun> cleanup_runs;
  std::vector<CleanupAction> cleanup_actions;
};

// A complete minute or hour, see the table `periods`.
struct StoredPeriod {
  struct Row {
    const StoredSeries* series = nullptr;  // owned by the StoreReader that returned it, until its next call
    Rollup rollup;
  };
  std::int64_t number = 0;
  std::int64_t length_s = 0;  // minute_s or hour_s
  std::int64_t time_ms = 0;   // UTC, its begin
  std::vector<Row> rows;
};

struct MetricPoint {
  std::int64_t time_ms = 0;
  std::string metric;
  std::string labels;
  std::string unit;
  double value = 0;
};

// What cleanup remembers of an engine.
struct StoredUsage {
  std::vector<ObjectUsage> objects;
  Observation observation;
  std::int64_t last_run_ms = 0;  // begin of the newest run that ended, 0: none
};

// One run with its actions in order.
struct StoredCleanup {
  CleanupRun run;
  std::vector<CleanupAction> actions;
};

using LabelFilter = std::vector<std::pair<std::string, std::string>>;

// A read-only connection to the local store (own connection, wal_autocheckpoint=0, mmap_size=0). Used by one
// thread. Opened lazily, and again after an error or when another file took the path, since the store may be
// quarantined at any time. Every call sees one committed state. Errors carry an errno: EUCLEAN is corruption.
class StoreReader {
 public:
  explicit StoreReader(std::string path);
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;
  StoreReader(StoreReader&&) noexcept;
  StoreReader& operator=(StoreReader&&) noexcept;
  ~StoreReader();

  // What is to be delivered: whole batches with seq > after_seq, in order, without the rows in
  // `dead_letters`, until `rows_max` samples are reached (at least one batch; a job run or a record of
  // cleanup weighs as much as many samples). A record of cleanup that a later one has replaced leaves an
  // empty batch.
  [[nodiscard]] Result<std::vector<StoredBatch>> batches(std::int64_t after_seq, std::size_t rows_max);
  // Whole periods with number > after_period, in order, until `rows_max` rows are reached (at least one).
  [[nodiscard]] Result<std::vector<StoredPeriod>> periods(std::int64_t after_period, std::size_t rows_max);
  // The lowest number of a batch, or period, from that time on; 0 when there is none.
  [[nodiscard]] Result<std::int64_t> first_seq_since(std::int64_t time_ms);
  [[nodiscard]] Result<std::int64_t> first_period_since(std::int64_t time_ms);
  // The time of one batch, 0 when there is none with that seq.
  [[nodiscard]] Result<std::int64_t> batch_time_ms(std::int64_t seq);

  // The newest value of every series whose metric matches `glob` and that was in its collector's last batch.
  [[nodiscard]] Result<std::vector<MetricPoint>> latest(const std::string& glob);
  // All points of a metric from `since_ms` on, oldest first, at most `points_max` (the newest ones are kept).
  [[nodiscard]] Result<std::vector<MetricPoint>> history(const std::string& metric, const LabelFilter& labels,
                                                         std::int64_t since_ms, std::size_t points_max);

  // These two take as long as there are rows; they are read rarely.
  [[nodiscard]] Result<StoredUsage> cleanup_usage();
  // The newest `runs_max` cleanup runs that began from `since_ms` on, newest first, with at most
  // `actions_max` actions altogether.
  [[nodiscard]] Result<std::vector<StoredCleanup>> cleanup_history(std::int64_t since_ms,
                                                                   std::size_t runs_max,
                                                                   std::size_t actions_max);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
