// SPDX-License-Identifier: MIT
#include "sql/reader_session.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "sql/cleanup_rows.h"
#include "sql/sample_id.h"
#include "sql/store_schema.h"

namespace caretaker {
namespace {

// Kept between calls; then read again.
constexpr std::size_t cached_series_max = 16'384;

}  // namespace

Result<> ReaderSession::begin() {
  if (auto opened = open(); !opened) return opened;
  return connection_->execute("BEGIN");
}

Result<> ReaderSession::end() {
  return connection_->execute("COMMIT");
}

Result<ReaderSession::FileIdentity> ReaderSession::identify(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail_errno(errno, "open");
  return FileIdentity{.device = status.st_dev, .inode = status.st_ino};
}

Result<> ReaderSession::open() {
  const auto identity = identify(path_);
  if (!identity || *identity != identity_) close();
  if (!identity) return std::unexpected(identity.error());
  if (series_.size() > cached_series_max) series_.clear();
  if (connection_) return {};
  auto connection = open_store_to_read(path_);
  if (!connection) return std::unexpected(connection.error());
  auto statements = prepare(*connection);
  if (!statements) return std::unexpected(statements.error());
  connection_.emplace(std::move(*connection));
  statements_.emplace(std::move(*statements));
  identity_ = *identity;
  return {};
}

void ReaderSession::close() {
  statements_.reset();
  connection_.reset();
  series_.clear();
  identity_ = {};
}

Result<const StoredSeries*> ReaderSession::series(std::int64_t number) {
  if (const auto known = series_.find(number); known != series_.end()) return &known->second;
  SqliteStatement& statement = statements_->series;
  const auto row = statement.bind(1, number).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::unexpected(Error{EUCLEAN, fmt::format("series {} is missing", number)});
  StoredSeries& series = series_[number];
  series = {.id = statement.integer(0),
            .collector = std::string(statement.text(1)),
            .metric = std::string(statement.text(2)),
            .labels = std::string(statement.text(3)),
            .unit = std::string(statement.text(4)),
            .type = std::string(statement.text(5)),
            .number = number};
  statement.reset();
  return &series;
}

Result<ReaderSession::Statements> ReaderSession::prepare(SqliteConnection& connection) {
  StatementSet set(connection);
  Statements statements{
      .batches = set.prepare("SELECT seq, time_ms, collector, rows FROM batches WHERE seq > ?1 ORDER BY seq"),
      .samples =
          set.prepare(fmt::format("SELECT id >> {}, id & {}, value FROM sample_rows WHERE {} ORDER BY id",
                                  series_bits, series_max, sample_rows_between("?1", "?2"))),
      .events = set.prepare("SELECT seq, time_ms, kind, subject, message FROM events "
                            "WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq"),
      .job_runs =
          set.prepare("SELECT seq, time_ms, job, duration_ms, cpu_ms, exit_status, signal, timed_out, "
                      "standard_output, standard_error FROM job_runs "
                      "WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq"),
      .cleanup_runs = set.prepare(fmt::format(
          "SELECT seq, {} FROM cleanup_runs WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq", cleanup_run_columns)),
      .cleanup_actions = set.prepare(
          fmt::format("SELECT seq, {} FROM cleanup_actions WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
                      cleanup_action_columns)),
      .dead_letters = set.prepare("SELECT seq, series FROM dead_letters WHERE seq BETWEEN ?1 AND ?2"),
      .periods =
          set.prepare("SELECT period, length_s, time_ms FROM periods WHERE period > ?1 ORDER BY period"),
      .rollups = set.prepare("SELECT series, count, min, max, sum, last FROM rollups WHERE period = ?1"),
      .first_seq_since =
          set.prepare("SELECT min(seq) FROM batches INDEXED BY batches_by_time WHERE time_ms >= ?1"),
      .first_period_since = set.prepare("SELECT min(period) FROM periods WHERE time_ms >= ?1"),
      .batch_time = set.prepare("SELECT time_ms FROM batches WHERE seq = ?1"),
      .series = set.prepare("SELECT series_id, collector, metric, labels, unit, type FROM series "
                            "WHERE series = ?1"),
      .all_series = set.prepare("SELECT series, metric, collector, labels FROM series"),
      .batches_backward =
          set.prepare("SELECT seq, time_ms, collector FROM batches ORDER BY seq DESC LIMIT ?1"),
      .history = set.prepare(fmt::format(
          "SELECT batches.time_ms, sample_rows.value FROM batches INDEXED BY batches_by_time "
          "CROSS JOIN sample_rows ON sample_rows.id = batches.seq << {} | ?2 "
          "WHERE batches.collector = ?1 AND batches.time_ms >= ?3 ORDER BY batches.time_ms DESC LIMIT ?4",
          series_bits)),
  };
  if (const auto& all = set.all_prepared(); !all) return std::unexpected(all.error());
  return statements;
}

}  // namespace caretaker
