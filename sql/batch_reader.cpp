// SPDX-License-Identifier: MIT
#include "sql/batch_reader.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "sql/batch_kind.h"
#include "sql/cleanup_rows.h"

namespace caretaker {
namespace {

using DeadRows = std::set<std::pair<std::int64_t, std::int64_t>>;  // seq, series

// A job run counts as so many samples when batches are read: its output may be as large. And the texts of a
// record of cleanup.
constexpr std::size_t job_run_weight = 150;
constexpr std::size_t cleanup_weight = 20;

std::size_t weight_of(std::string_view collector) {
  if (collector == job_runs_collector) return job_run_weight;
  return collector == cleanup_runs_collector || collector == cleanup_actions_collector ? cleanup_weight : 1;
}

void add_event(StoredBatch& batch, const SqliteStatement& row) {
  batch.events.push_back({.time_ms = row.integer(1),
                          .kind = std::string(row.text(2)),
                          .subject = std::string(row.text(3)),
                          .message = std::string(row.text(4))});
}

void add_job_run(StoredBatch& batch, const SqliteStatement& row) {
  batch.job_runs.push_back({.time_ms = row.integer(1),
                            .job = std::string(row.text(2)),
                            .duration_ms = row.integer(3),
                            .cpu_ms = row.integer(4),
                            .exit_status = static_cast<int>(row.integer(5)),
                            .signal = static_cast<int>(row.integer(6)),
                            .timed_out = row.integer(7) != 0,
                            .standard_output = std::string(row.text(8)),
                            .standard_error = std::string(row.text(9))});
}

void add_cleanup_run(StoredBatch& batch, const SqliteStatement& row) {
  batch.cleanup_runs.push_back(read_cleanup_run(row));
}

void add_cleanup_action(StoredBatch& batch, const SqliteStatement& row) {
  batch.cleanup_actions.push_back(read_cleanup_action(row));
}

// Gives the rows of one table to their batches; both are in the order of `seq`.
template <class AddRow>
Result<> fill(std::vector<StoredBatch>& batches, SqliteStatement& rows, const AddRow& add_row) {
  auto batch = batches.begin();
  rows.bind(1, batches.front().seq).bind(2, batches.back().seq);
  return for_each_row(rows, [&](const SqliteStatement& row) -> Result<> {
    while (batch != batches.end() && batch->seq < row.integer(0)) ++batch;
    if (batch == batches.end() || batch->seq != row.integer(0)) return {};
    return add_row(*batch, row);
  });
}

Result<std::vector<StoredBatch>> batch_rows(ReaderSession& session, std::int64_t after_seq,
                                            std::size_t rows_max) {
  std::vector<StoredBatch> batches;
  std::size_t rows = 0;
  SqliteStatement& statement = session.statements().batches;
  statement.bind(1, after_seq);
  while (batches.empty() || rows < rows_max) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return batches;
    const auto batch_rows = static_cast<std::size_t>(statement.integer(3)) * weight_of(statement.text(2));
    if (!batches.empty() && rows + batch_rows > rows_max) break;
    rows += std::max<std::size_t>(batch_rows, 1);
    StoredBatch& batch = batches.emplace_back();
    batch.seq = statement.integer(0);
    batch.time_ms = statement.integer(1);
    batch.collector = statement.text(2);
    if (holds_samples(batch.collector)) batch.samples.reserve(batch_rows);
  }
  statement.reset();
  return batches;
}

Result<DeadRows> dead_rows(ReaderSession& session, std::int64_t from_seq, std::int64_t to_seq) {
  DeadRows dead;
  SqliteStatement& rows = session.statements().dead_letters;
  rows.bind(1, from_seq).bind(2, to_seq);
  const auto read = for_each_row(rows, [&](const SqliteStatement& row) -> Result<> {
    dead.emplace(row.integer(0), row.integer(1));
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return dead;
}

}  // namespace

Result<std::vector<StoredBatch>> read_batches(ReaderSession& session, std::int64_t after_seq,
                                              std::size_t rows_max) {
  auto batches = batch_rows(session, after_seq, rows_max);
  if (!batches || batches->empty()) return batches;
  const auto dead = dead_rows(session, batches->front().seq, batches->back().seq);
  if (!dead) return std::unexpected(dead.error());
  const auto add_sample = [&](StoredBatch& batch, const SqliteStatement& row) -> Result<> {
    if (!dead->empty() && dead->contains({batch.seq, row.integer(1)})) return {};
    const auto series = session.series(row.integer(1));
    if (!series) return std::unexpected(series.error());
    batch.samples.push_back({.series = *series, .value = row.real(2)});
    return {};
  };
  const auto unless_dead = [&](auto add) {
    return [add, &dead](StoredBatch& batch, const SqliteStatement& row) -> Result<> {
      if (!dead->contains({batch.seq, 0})) add(batch, row);
      return {};
    };
  };
  ReaderSession::Statements& statements = session.statements();
  auto filled = fill(*batches, statements.samples, add_sample);
  if (filled) filled = fill(*batches, statements.events, unless_dead(add_event));
  if (filled) filled = fill(*batches, statements.job_runs, unless_dead(add_job_run));
  if (filled) filled = fill(*batches, statements.cleanup_runs, unless_dead(add_cleanup_run));
  if (filled) filled = fill(*batches, statements.cleanup_actions, unless_dead(add_cleanup_action));
  if (!filled) return std::unexpected(filled.error());
  return batches;
}

}  // namespace caretaker
