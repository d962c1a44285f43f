// SPDX-License-Identifier: MIT
#include "sql/store_session.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fault_point.h"
#include "sql/batch_kind.h"
#include "sql/compact_value.h"
#include "sql/sample_id.h"
#include "sql/store_schema.h"

namespace caretaker {
namespace {

std::string samples_sql(std::size_t rows) {
  std::string sql = "INSERT INTO sample_rows (id, value) VALUES (?, ?)";
  for (std::size_t row = 1; row < rows; ++row) sql += ", (?, ?)";
  return sql;
}

bool has_cleanup_records(const StoreWork& work) {
  return std::ranges::any_of(work.items, [](const StoreItem& item) {
    return std::holds_alternative<CleanupRun>(item) || std::holds_alternative<CleanupAction>(item);
  });
}

}  // namespace

StoreSession::StoreSession(std::unique_ptr<SqliteConnection> connection, StoreStateTable state_table,
                           SeriesNumbers numbers, RollupWriter rollups, Retention retention,
                           CleanupTables cleanup, Statements statements)
    : connection_(std::move(connection)),
      state_table_(std::move(state_table)),
      numbers_(std::move(numbers)),
      rollups_(std::move(rollups)),
      retention_(std::move(retention)),
      cleanup_(std::move(cleanup)),
      statements_(std::move(statements)),
      size_bytes_(connection_->size_bytes()) {}

Result<std::unique_ptr<StoreSession>> StoreSession::open(const std::string& path, const HostIdentity& host,
                                                         const std::optional<StoreState>& previous) {
  auto opened = open_store_to_write(path);
  if (!opened) return std::unexpected(opened.error());
  auto connection = std::make_unique<SqliteConnection>(std::move(*opened));
  auto state_table = StoreStateTable::open(*connection, host, previous);
  if (!state_table) return std::unexpected(state_table.error());
  auto numbers = SeriesNumbers::create(*connection);
  if (!numbers) return std::unexpected(numbers.error());
  auto rollups = RollupWriter::open(*connection);
  if (!rollups) return std::unexpected(rollups.error());
  auto retention = Retention::create(*connection);
  if (!retention) return std::unexpected(retention.error());
  auto cleanup = CleanupTables::create(*connection);
  if (!cleanup) return std::unexpected(cleanup.error());
  auto statements = prepare(*connection);
  if (!statements) return std::unexpected(statements.error());
  std::unique_ptr<StoreSession> session(new StoreSession(
      std::move(connection), std::move(*state_table), std::move(*numbers), std::move(*rollups),
      std::move(*retention), std::move(*cleanup), std::move(*statements)));
  if (auto read = session->read_oldest_pending(session->state()); !read) {
    return std::unexpected(read.error());
  }
  const auto newest = session->connection_->query_integer("SELECT max(time_ms) FROM batches");
  if (!newest) return std::unexpected(newest.error());
  session->newest_at_open_ms_ = *newest;
  return session;
}

Result<StoreSession::Statements> StoreSession::prepare(SqliteConnection& connection) {
  StatementSet set(connection);
  Statements statements{
      .begin = set.prepare("BEGIN IMMEDIATE"),
      .commit = set.prepare("COMMIT"),
      .batch = set.prepare("INSERT INTO batches (seq, time_ms, collector, rows) VALUES (?1, ?2, ?3, ?4)"),
      .sample = set.prepare(samples_sql(1)),
      .samples = set.prepare(samples_sql(rows_per_statement)),
      .event = set.prepare(
          "INSERT INTO events (seq, time_ms, kind, subject, message) VALUES (?1, ?2, ?3, ?4, ?5)"),
      .job_run =
          set.prepare("INSERT INTO job_runs (seq, time_ms, job, duration_ms, cpu_ms, exit_status, signal, "
                      "timed_out, standard_output, standard_error) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      .rows_between =
          set.prepare("SELECT coalesce(sum(rows), 0) FROM batches WHERE seq > ?1 AND seq <= ?2 AND " +
                      holds_samples_sql()),
      .dead_letter =
          set.prepare("INSERT INTO dead_letters (seq, series, code, error) SELECT ?1, ?2, ?3, ?4 "
                      "WHERE EXISTS (SELECT 1 FROM batches WHERE seq = ?1) ON CONFLICT DO NOTHING"),
      .dead_letters_between = set.prepare(dead_samples_between),
      .oldest_pending = set.prepare("SELECT time_ms FROM batches WHERE seq > ?1 ORDER BY seq LIMIT 1"),
  };
  if (const auto& all = set.all_prepared(); !all) return std::unexpected(all.error());
  return statements;
}

Result<> StoreSession::commit(const StoreWork& work, const RetentionLimits& limits, std::int64_t now_ms) {
  StoreState state = state_table_.committed();
  conflict_.clear();
  if (auto set = set_durable(has_cleanup_records(work)); !set) return set;
  if (auto written = write(work, limits, now_ms, state); !written) return written;
  attempted_seq_ = state.last_seq;
  pass(FaultPoint::store_commit);
  if (auto committed = statements_.commit.run(); !committed) return committed;
  pass(FaultPoint::store_committed);
  state_table_.keep(state);
  size_bytes_ = connection_->size_bytes();
  return {};
}

// With NORMAL, which is enough for samples, a power cut may take the last commits back.
Result<> StoreSession::set_durable(bool durable) {
  if (durable == durable_) return {};
  durable_ = durable;
  return connection_->execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

Result<> StoreSession::write(const StoreWork& work, const RetentionLimits& limits, std::int64_t now_ms,
                             StoreState& state) {
  if (auto begun = statements_.begin.run(); !begun) return begun;
  for (const StoreItem& item : work.items) {
    if (auto written = write(item, state); !written) return written;
  }
  if (work.dropped_samples > 0) {
    state.counters.collected += work.dropped_samples;
    state.counters.dropped["queue_full"] += work.dropped_samples;
  }
  if (auto followed = follow(work.orders, state); !followed) return followed;
  auto retained = retention_.run(limits, now_ms, size_bytes_, rollups_, state);
  if (!retained) return retained;
  if (auto read = read_oldest_pending(state); !read) return read;
  return state_table_.save(state);
}

Result<> StoreSession::write(const StoreItem& item, StoreState& state) {
  return std::visit([&](const auto& content) { return write(content, state); }, item);
}

Result<> StoreSession::write(const SampleBatch& batch, StoreState& state) {
  if (auto numbered = number_rows(batch, state); !numbered) return numbered;
  if (rows_.empty()) return {};
  if (auto entered = rollups_.enter(batch.tick().time_ms); !entered) return entered;
  const auto written = write_batch(batch.tick().time_ms, batch.collector(), rows_.size(), state);
  if (!written) return written;
  state.counters.pending += rows_.size();
  return write_samples(state.last_seq);
}

Result<> StoreSession::write(const Event& event, StoreState& state) {
  if (auto written = write_batch(event.time_ms, events_collector, 1, state); !written) return written;
  statements_.event.bind(1, state.last_seq).bind(2, event.time_ms).bind(3, std::string_view(event.kind));
  statements_.event.bind(4, std::string_view(event.subject)).bind(5, std::string_view(event.message));
  return statements_.event.run();
}

Result<> StoreSession::write(const JobRun& run, StoreState& state) {
  if (auto written = write_batch(run.time_ms, job_runs_collector, 1, state); !written) return written;
  SqliteStatement& row = statements_.job_run;
  row.bind(1, state.last_seq).bind(2, run.time_ms).bind(3, std::string_view(run.job));
  row.bind(4, run.duration_ms).bind(5, run.cpu_ms);
  row.bind(6, std::int64_t{run.exit_status}).bind(7, std::int64_t{run.signal});
  row.bind(8, std::int64_t{run.timed_out});
  row.bind(9, std::string_view(run.standard_output)).bind(10, std::string_view(run.standard_error));
  return row.run();
}

Result<> StoreSession::write(const CleanupRun& run, StoreState& state) {
  const auto written = write_batch(run.time_ms, cleanup_runs_collector, 1, state);
  return written ? cleanup_.write(state.last_seq, run) : written;
}

Result<> StoreSession::write(const CleanupAction& action, StoreState& state) {
  const auto written = write_batch(action.time_ms, cleanup_actions_collector, 1, state);
  return written ? cleanup_.write(state.last_seq, action) : written;
}

Result<> StoreSession::write(const UsageChange& change, StoreState& /*state*/) {
  return cleanup_.write(change);
}

Result<> StoreSession::write_batch(std::int64_t time_ms, std::string_view collector, std::size_t rows,
                                   StoreState& state) {
  ++state.last_seq;
  statements_.batch.bind(1, state.last_seq).bind(2, time_ms);
  return statements_.batch.bind(3, collector).bind(4, static_cast<std::int64_t>(rows)).run();
}

Result<> StoreSession::number_rows(const SampleBatch& batch, StoreState& state) {
  rows_.clear();
  SeriesNumbers::OfCollector& cache = numbers_.of(batch.collector());
  for (std::size_t position = 0; position < batch.samples().size(); ++position) {
    const Sample& sample = batch.samples()[position];
    const auto number = numbers_.number(cache, batch.collector(), position, sample.series);
    if (!number) return std::unexpected(number.error());
    if (*number == SeriesNumbers::too_many) {
      ++state.counters.dropped["series_too_many"];
    } else if (*number == SeriesNumbers::refused) {
      ++state.counters.dropped["series_conflict"];
      conflict_ = sample.series->metric + sample.series->labels;
    } else {
      rows_.push_back({*number, rows_.size(), sample.value});
    }
  }
  state.counters.collected += batch.samples().size();
  // In the order of the table, so that rows are appended to it.
  if (!std::ranges::is_sorted(rows_, {}, &Row::series)) std::ranges::sort(rows_, {}, &Row::order);
  const auto repeated = std::ranges::unique(rows_, {}, &Row::series);
  if (!repeated.empty()) state.counters.dropped["series_repeated"] += repeated.size();
  rows_.erase(repeated.begin(), repeated.end());
  return {};
}

Result<> StoreSession::write_samples(std::int64_t seq) {
  RollupSet::Position position = 0;
  for (const Row& row : rows_) position = rollups_.add(row.series, to_double(row.value), position);
  std::size_t next = 0;
  while (next < rows_.size()) {
    const bool many = rows_.size() - next >= rows_per_statement;
    SqliteStatement& statement = many ? statements_.samples : statements_.sample;
    for (int row = 0; row < (many ? static_cast<int>(rows_per_statement) : 1); ++row, ++next) {
      statement.bind(2 * row + 1, sample_id(seq, rows_[next].series));
      bind_compact(statement, 2 * row + 2, rows_[next].value);
    }
    if (auto written = statement.run(); !written) return written;
  }
  return {};
}

Result<> StoreSession::follow(const StoreOrders& orders, StoreState& state) {
  for (const DeadLetter& letter : orders.dead_letters) {
    if (auto done = set_aside(letter, state); !done) return done;
  }
  if (orders.advance_to) {
    if (auto advanced = advance(*orders.advance_to, state); !advanced) return advanced;
  }
  if (orders.advance_periods_to) {
    state.delivered_period = std::max(state.delivered_period, *orders.advance_periods_to);
  }
  if (orders.epoch) state.epoch = *orders.epoch;
  if (orders.backward_steps) state.backward_steps = *orders.backward_steps;
  return {};
}

Result<> StoreSession::set_aside(const DeadLetter& letter, StoreState& state) {
  statements_.dead_letter.bind(1, letter.seq).bind(2, letter.series).bind(3, std::int64_t{letter.code});
  if (auto set = statements_.dead_letter.bind(4, std::string_view(letter.error)).run(); !set) return set;
  const bool counts = connection_->changes() == 1 && letter.series != 0 && letter.seq > state.delivered_seq;
  if (!counts) return {};
  --state.counters.pending;
  ++state.counters.dropped["refused"];
  return {};
}

Result<std::uint64_t> StoreSession::count_between(SqliteStatement& statement, std::int64_t after_seq,
                                                  std::int64_t to_seq) {
  const auto count = statement.bind(1, after_seq).bind(2, to_seq).query_integer();
  if (!count) return std::unexpected(count.error());
  return static_cast<std::uint64_t>(count->value_or(0));
}

Result<> StoreSession::advance(std::int64_t seq, StoreState& state) {
  const std::int64_t to = std::min(seq, state.last_seq);
  if (to <= state.delivered_seq) return {};
  const auto rows = count_between(statements_.rows_between, state.delivered_seq, to);
  if (!rows) return std::unexpected(rows.error());
  const auto refused = count_between(statements_.dead_letters_between, state.delivered_seq, to);
  if (!refused) return std::unexpected(refused.error());
  const std::uint64_t delivered = *rows - *refused;
  state.counters.delivered += delivered;
  state.counters.pending -= delivered;
  state.delivered_seq = to;
  return {};
}

Result<> StoreSession::check() {
  auto statement = connection_->prepare("PRAGMA quick_check(1)");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (statement->text(0) != "ok") return std::unexpected(Error{EUCLEAN, std::string(statement->text(0))});
  return {};
}

Result<> StoreSession::read_oldest_pending(const StoreState& state) {
  const StoreState& before = state_table_.committed();
  const bool same = state.delivered_seq == before.delivered_seq && state.used_seq == before.used_seq;
  if (same && oldest_pending_ms_ != 0) return {};
  const auto oldest = statements_.oldest_pending.bind(1, state.delivered_seq).query_integer();
  if (!oldest) return std::unexpected(oldest.error());
  oldest_pending_ms_ = oldest->value_or(0);
  return {};
}

Result<> StoreSession::checkpoint_if_due(std::uint64_t size_bytes_max) {
  const std::uint64_t bytes = static_cast<std::uint64_t>(connection_->wal_pages()) * store_page_bytes;
  if (bytes < wal_bytes_max(size_bytes_max)) return {};
  const auto copied = connection_->checkpoint();
  // A log that cannot be copied now grows; whether that matters is told by the commit that finds no room.
  if (!copied && is_corruption(copied.error())) return copied;
  return {};
}

}  // namespace caretaker
