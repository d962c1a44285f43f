// SPDX-License-Identifier: MIT
#include "sql/rollup_writer.h"

#include <fmt/format.h>

#include <utility>

#include "base/fault_point.h"
#include "sql/batch_kind.h"
#include "sql/compact_value.h"
#include "sql/sample_id.h"

namespace caretaker {
namespace {

constexpr std::int64_t ms_per_minute = minute_s * 1'000;
constexpr std::int64_t ms_per_hour = hour_s * 1'000;
// Removed at once when they are too old.
constexpr int periods_removed_max = 100;

std::int64_t floor_to(std::int64_t value, std::int64_t grid) {
  return value - value % grid;
}

// Adds all rows of a statement; `read` gives what to add to the series in column 0.
template <class Read>
Result<> add_rows(RollupSet& set, SqliteStatement& statement, const Read& read) {
  for (;;) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    set.add(statement.integer(0), read(statement), 0);
  }
}

}  // namespace

Result<RollupWriter::Statements> RollupWriter::prepare(SqliteConnection& connection) {
  StatementSet set(connection);
  Statements statements{
      .newest_batch = set.prepare("SELECT time_ms FROM batches WHERE " + holds_samples_sql() +
                                  " ORDER BY seq DESC LIMIT 1"),
      .batches_between = set.prepare(batches_between_sql),
      .samples_of = set.prepare(fmt::format("SELECT id & {}, value FROM sample_rows WHERE {}", series_max,
                                            sample_rows_between("?1", "?1"))),
      .newest_minute = set.prepare(newest_minute_sql),
      .find_period = set.prepare("SELECT period FROM periods WHERE length_s = ?1 AND time_ms = ?2"),
      .oldest_period = set.prepare(
          "SELECT period FROM periods WHERE length_s = ?1 AND time_ms < ?2 ORDER BY time_ms LIMIT 1"),
      .insert_period = set.prepare("INSERT INTO periods (length_s, time_ms) VALUES (?1, ?2)"),
      .delete_period = set.prepare("DELETE FROM periods WHERE period = ?1"),
      .rollups_between =
          set.prepare("SELECT rollups.series, count, min, max, sum, last FROM periods "
                      "CROSS JOIN rollups ON rollups.period = periods.period "
                      "WHERE length_s = 60 AND time_ms >= ?1 AND time_ms < ?2 ORDER BY time_ms"),
      .rollups_of = set.prepare("SELECT series, count, min, max, sum, last FROM rollups WHERE period = ?1"),
      .insert_rollup = set.prepare("INSERT INTO rollups (period, series, count, min, max, sum, last) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      .delete_rollups = set.prepare("DELETE FROM rollups WHERE period = ?1"),
  };
  if (const auto& all = set.all_prepared(); !all) return std::unexpected(all.error());
  return statements;
}

Result<RollupWriter> RollupWriter::open(SqliteConnection& connection) {
  auto statements = prepare(connection);
  if (!statements) return std::unexpected(statements.error());
  RollupWriter writer(connection, std::move(*statements));
  if (auto read = writer.read_open_hour(); !read) return std::unexpected(read.error());
  if (auto read = writer.read_open_minute(); !read) return std::unexpected(read.error());
  return writer;
}

Result<> RollupWriter::read_open_minute() {
  const auto newest_ms = statements_.newest_batch.query_integer();
  if (!newest_ms) return std::unexpected(newest_ms.error());
  if (!*newest_ms) return {};
  const std::int64_t begin_ms = floor_to(**newest_ms, ms_per_minute);
  const auto complete = find(minute_s, begin_ms);
  if (!complete) return std::unexpected(complete.error());
  if (*complete) return {};
  minute_ms_ = begin_ms;
  statements_.batches_between.bind(1, begin_ms).bind(2, begin_ms + ms_per_minute);
  return for_each_row(statements_.batches_between, [this](const SqliteStatement& batch) {
    statements_.samples_of.bind(1, batch.integer(0));
    return add_rows(minute_, statements_.samples_of, [](const SqliteStatement& row) { return row.real(1); });
  });
}

Result<> RollupWriter::read_open_hour() {
  const auto newest_ms = statements_.newest_minute.query_integer();
  if (!newest_ms) return std::unexpected(newest_ms.error());
  if (!*newest_ms) return {};
  const std::int64_t begin_ms = floor_to(**newest_ms, ms_per_hour);
  const auto complete = find(hour_s, begin_ms);
  if (!complete) return std::unexpected(complete.error());
  if (!*complete) hour_ms_ = begin_ms;
  return {};
}

Result<> RollupWriter::enter(std::int64_t time_ms) {
  const std::int64_t begin_ms = floor_to(time_ms, ms_per_minute);
  if (minute_ms_ == begin_ms) return {};
  if (minute_ms_) {
    if (auto closed = close_minute(); !closed) return closed;
    expiry_due_ = true;
  }
  return reopen_minute(begin_ms);
}

// Late samples, or the clock went back: the minute goes on from what it had.
Result<> RollupWriter::reopen_minute(std::int64_t time_ms) {
  minute_.clear();
  minute_ms_ = time_ms;
  const auto period = find(minute_s, time_ms);
  if (!period) return std::unexpected(period.error());
  if (!*period) return {};
  statements_.rollups_of.bind(1, **period);
  if (auto added = add_rows(minute_, statements_.rollups_of, read_rollup); !added) return added;
  return remove(**period);
}

Result<> RollupWriter::close_minute() {
  if (auto written = write(minute_s, *minute_ms_, minute_); !written) return written;
  pass(FaultPoint::rollup);
  const std::int64_t hour_ms = floor_to(*minute_ms_, ms_per_hour);
  if (hour_ms_ == hour_ms) return {};
  if (hour_ms_) {
    if (auto closed = close_hour(); !closed) return closed;
  }
  hour_ms_ = hour_ms;
  const auto period = find(hour_s, hour_ms);
  if (!period) return std::unexpected(period.error());
  return *period ? remove(**period) : Result<>{};
}

Result<> RollupWriter::close_hour() {
  RollupSet hour;
  statements_.rollups_between.bind(1, *hour_ms_).bind(2, *hour_ms_ + ms_per_hour);
  if (auto added = add_rows(hour, statements_.rollups_between, read_rollup); !added) return added;
  return write(hour_s, *hour_ms_, hour);
}

Result<> RollupWriter::write(std::int64_t length_s, std::int64_t time_ms, const RollupSet& set) {
  if (set.entries().empty()) return {};
  statements_.insert_period.bind(1, length_s).bind(2, time_ms);
  if (auto inserted = statements_.insert_period.run(); !inserted) return inserted;
  const std::int64_t period = connection_->last_insert_rowid();
  statements_.insert_rollup.bind(1, period);
  for (const RollupSet::Entry& entry : set.entries()) {
    bind_rollup(statements_.insert_rollup, entry);
    if (auto inserted = statements_.insert_rollup.run(); !inserted) return inserted;
  }
  return {};
}

Result<bool> RollupWriter::expire(std::int64_t length_s, std::int64_t before_ms) {
  for (int removed = 0; removed < periods_removed_max; ++removed) {
    const auto more = remove_oldest(length_s, before_ms);
    if (!more) return more;
    if (!*more) return removed > 0;
  }
  return true;
}

Result<bool> RollupWriter::expire_if_due(std::int64_t minutes_before_ms, std::int64_t hours_before_ms) {
  if (!std::exchange(expiry_due_, false)) return false;
  const auto minutes = expire(minute_s, minutes_before_ms);
  if (!minutes) return minutes;
  const auto hours = expire(hour_s, hours_before_ms);
  if (!hours) return hours;
  return *minutes || *hours;
}

Result<bool> RollupWriter::remove_oldest_minute(std::int64_t before_ms) {
  return remove_oldest(minute_s, before_ms);
}

Result<bool> RollupWriter::remove_oldest(std::int64_t length_s, std::int64_t before_ms) {
  const auto oldest = statements_.oldest_period.bind(1, length_s).bind(2, before_ms).query_integer();
  if (!oldest) return std::unexpected(oldest.error());
  if (!*oldest) return false;
  if (auto removed = remove(**oldest); !removed) return std::unexpected(removed.error());
  return true;
}

Result<std::optional<std::int64_t>> RollupWriter::find(std::int64_t length_s, std::int64_t time_ms) {
  return statements_.find_period.bind(1, length_s).bind(2, time_ms).query_integer();
}

Result<> RollupWriter::remove(std::int64_t period) {
  if (auto removed = statements_.delete_rollups.bind(1, period).run(); !removed) return removed;
  return statements_.delete_period.bind(1, period).run();
}

}  // namespace caretaker
