// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/identity.h"
#include "base/result.h"
#include "sql/mysql_insert.h"
#include "sql/mysql_series.h"
#include "sql/store_reader.h"

namespace caretaker {

class MysqlConnection;

// From where, and how, one transaction moves the ledger.
struct LedgerStep {
  std::int64_t epoch = 0;
  std::int64_t from_seq = 0;
  // Some rows may be there already (an earlier epoch brought them): the first value stays.
  bool redelivery = false;
  // Delivered batches are sent again, because the server may have lost them: the ledger stays where it is.
  bool repeats = false;
};

struct Delivered {
  bool ledger_matched = false;   // false: the ledger stands elsewhere, nothing was written
  std::uint64_t rows = 0;        // samples sent
  std::uint64_t duplicates = 0;  // of these, already there; only with `redelivery`
  // What the server refused for what is in it. Nothing was written then: deliver again without these rows.
  // When deliveries are repeated, the other rows were written.
  std::vector<DeadLetter> refused;
};

// Writes batches to MySQL: one call is one transaction of whole batches, with the ledger's compare-and-set
// first. Samples are plain INSERTs sorted by (series_id, time), so that a row that is there already is an
// error; the headline row, events and job runs keep the first version, records of cleanup the last. Any error
// leaves nothing behind, except one at COMMIT, whose outcome the ledger knows. For one connection and its
// thread; both references must outlive the writer.
class MysqlWriter {
 public:
  MysqlWriter(MysqlConnection& connection, const HostIdentity& host, std::string_view system_monitor,
              const std::vector<std::string>& raw);

  // `batches` must not be empty and be in order of seq.
  [[nodiscard]] Result<Delivered> deliver(std::span<const StoredBatch> batches, const LedgerStep& step);

  // Rollups, in a transaction of their own: of a row that is there already the one with more samples stays.
  // Rows that the server refuses are left out.
  [[nodiscard]] Result<> deliver(std::span<const StoredPeriod> periods, std::int64_t epoch);

 private:
  struct Row {
    std::int64_t series_id;
    std::int64_t time_ms;
    std::uint32_t batch;  // index of its time in times_
    double value;
  };

  Result<Delivered> transaction(std::span<const StoredBatch> batches, const LedgerStep& step);
  Result<> write(std::span<const StoredBatch> batches, const LedgerStep& step, Delivered& delivered);
  Result<> write_periods(std::span<const StoredPeriod> periods, std::int64_t length_s);
  template <class Body>
  Result<> in_transaction(const Body& body);
  Result<> write_host(std::int64_t epoch);
  Result<> write_series(std::span<const StoredBatch> batches, Delivered& delivered);
  Result<> write_samples(std::span<const StoredBatch> batches, bool redelivery, Delivered& delivered);
  Result<> write_headlines(std::span<const StoredBatch> batches);
  Result<> write_events(std::span<const StoredBatch> batches, Delivered& delivered);
  Result<> write_job_runs(std::span<const StoredBatch> batches, Delivered& delivered);
  Result<> write_cleanup(std::span<const StoredBatch> batches, Delivered& delivered);
  template <class Record, class Append>
  Result<> write_records(std::span<const StoredBatch> batches, std::vector<Record> StoredBatch::* records,
                         MysqlInsert rows, const Append& append, Delivered& delivered);

  void collect_rows(std::span<const StoredBatch> batches);
  void append_key(std::string& row, std::int64_t time_ms, std::int64_t id) const;
  MysqlInsert insert(std::string_view head, std::string_view tail);

  MysqlConnection& connection_;
  const HostIdentity& host_;
  std::string headline_head_;
  StatementLimits limits_;
  MysqlSeries series_;
  std::vector<Row> rows_;           // reused
  std::vector<std::string> times_;  // number per batch, reused
};

}  // namespace caretaker
