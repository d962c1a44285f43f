// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/identity.h"
#include "base/result.h"
#include "sql/mysql_insert.h"
#include "sql/store_reader.h"

namespace caretaker {

class MysqlConnection;

// From where, and how, one transaction moves the ledger.
struct LedgerStep {
  std::int64_t epoch = 0;
  std::int64_t from_seq = 0;
  // Some rows may be there already (an earlier epoch brought them): the first value stays.
  bool redelivery = false;
};

struct Delivered {
  bool ledger_matched = false;   // false: the ledger stands elsewhere, nothing was written
  std::uint64_t rows = 0;        // samples sent
  std::uint64_t duplicates = 0;  // of these, already there; only with `redelivery`
};

// Writes batches to MySQL: one call is one transaction of whole batches, with the ledger's compare-and-set
// first. Samples are plain INSERTs sorted by (series_id, time), so that a row that is there already is an
// error; the headline row, events and job runs keep the first version. Any error leaves nothing behind,
// except one at COMMIT, whose outcome the ledger knows. For one connection and its thread; both references
// must outlive the writer.
class MysqlWriter {
 public:
  MysqlWriter(MysqlConnection& connection, const HostIdentity& host, std::string_view system_monitor);

  // `batches` must not be empty and be in order of seq.
  [[nodiscard]] Result<Delivered> deliver(std::span<const StoredBatch> batches, const LedgerStep& step);

  // Series that were written on this connection and are not sent again; beyond this the memory starts anew.
  static constexpr std::size_t known_series_max = 100'000;

 private:
  struct Row {
    std::int64_t series_id;
    std::int64_t time_ms;
    std::uint32_t batch;  // index of its time in times_
    double value;
  };

  Result<Delivered> transaction(std::span<const StoredBatch> batches, const LedgerStep& step);
  Result<> write_host();
  Result<> write_series(std::span<const StoredBatch> batches);
  Result<> write_samples(std::span<const StoredBatch> batches, bool redelivery, Delivered& delivered);
  Result<> write_headlines(std::span<const StoredBatch> batches);
  Result<> write_events(std::span<const StoredBatch> batches);
  Result<> write_job_runs(std::span<const StoredBatch> batches);

  void collect_rows(std::span<const StoredBatch> batches);
  void append_key(std::string& row, std::int64_t time_ms, std::int64_t id) const;
  MysqlInsert insert(std::string_view head, std::string_view tail);
  void remember_series();

  MysqlConnection& connection_;
  const HostIdentity& host_;
  std::string headline_head_;
  StatementLimits limits_;
  bool host_written_ = false;
  std::unordered_set<std::int64_t> known_series_;  // in committed transactions of this connection
  std::unordered_set<std::int64_t> new_series_;    // in the transaction under way
  std::vector<Row> rows_;                          // reused
  std::vector<std::string> times_;                 // literal per batch, reused
};

}  // namespace caretaker
