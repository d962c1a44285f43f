// SPDX-License-Identifier: MIT
#include "sql/mysql_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "base/fault_point.h"
#include "base/hash.h"
#include "sql/mysql_cleanup_rows.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_ledger.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

constexpr std::string_view headline_collector = "system";
// The columns of the headline table behind `host` and `timestamp`, in order.
constexpr std::array<std::string_view, 5> headline_metrics = {
    "system_cpu_usage_percent", "system_memory_usage_percent", "system_disk_usage_percent",
    "system_network_sent_bytes_per_second", "system_network_received_bytes_per_second"};

using Headline = std::array<std::optional<double>, headline_metrics.size()>;

std::optional<Headline> headline_of(const StoredBatch& batch) {
  if (batch.collector != headline_collector) return std::nullopt;
  Headline headline;
  bool found = false;
  for (const StoredSample& sample : batch.samples) {
    const auto* column = std::ranges::find(headline_metrics, sample.series->metric);
    if (column == headline_metrics.end()) continue;
    headline[static_cast<std::size_t>(column - headline_metrics.begin())] = sample.value;
    found = true;
  }
  return found ? std::optional(headline) : std::nullopt;
}

StatementLimits limits_for(const MysqlConnection& connection) {
  StatementLimits limits;
  limits.bytes_max = std::min(limits.bytes_max, connection.server().packet_bytes_max / 2);
  return limits;
}

// The row of the sample (batch, series id).
DeadLetter dead_letter(const StoredBatch& batch, std::int64_t series_id, const Error& error) {
  const auto sample =
      std::ranges::find(batch.samples, series_id, [](const StoredSample& of) { return of.series->id; });
  return {.seq = batch.seq, .series = sample->series->number, .code = error.code, .error = error.message};
}

// Of rows that are one batch each.
void add_dead_letters(const MysqlInsert& rows, const std::vector<std::int64_t>& seqs, Delivered& delivered) {
  for (const RefusedRow& refused : rows.refused()) {
    delivered.refused.push_back(
        {.seq = seqs[refused.row], .series = 0, .code = refused.error.code, .error = refused.error.message});
  }
}

}  // namespace

MysqlWriter::MysqlWriter(MysqlConnection& connection, const HostIdentity& host,
                         std::string_view system_monitor, const std::vector<std::string>& raw)
    : connection_(connection),
      host_(host),
      headline_head_(
          fmt::format("INSERT INTO {} (`host`, `timestamp`, cpu_usage, memory_usage, disk_usage, net_sent, "
                      "net_recv) VALUES ",
                      system_monitor)),
      limits_(limits_for(connection)),
      series_(connection, host.id, limits_, raw) {}

// COMMITs unless `body` fails or says false; the first error is the one that counts. A lost connection has
// rolled back by itself.
template <class Body>
Result<> MysqlWriter::in_transaction(const Body& body) {
  series_.begin();
  if (auto begun = connection_.execute("START TRANSACTION"); !begun) return std::unexpected(begun.error());
  const Result<bool> keep = body();
  if (!keep || !*keep) {
    [[maybe_unused]] const auto undone = connection_.execute("ROLLBACK");
    return keep ? Result<>{} : std::unexpected(keep.error());
  }
  if (auto committed = connection_.commit(); !committed) return committed;
  pass(FaultPoint::mysql_committed);
  series_.remember();
  return {};
}

Result<Delivered> MysqlWriter::deliver(std::span<const StoredBatch> batches, const LedgerStep& step) {
  Delivered delivered;
  const auto done = in_transaction([&]() -> Result<bool> {
    if (step.repeats) {
      delivered.ledger_matched = true;
    } else {
      const LedgerRow to{batches.back().seq, batches.back().time_ms};
      const auto moved = move_ledger(connection_, host_.id, step.epoch, step.from_seq, to);
      if (!moved) return std::unexpected(moved.error());
      delivered.ledger_matched = *moved;
    }
    if (!delivered.ledger_matched) return false;
    pass(FaultPoint::ledger_moved);
    if (auto written = write(batches, step, delivered); !written) return std::unexpected(written.error());
    pass(FaultPoint::rows_sent);
    return step.repeats || delivered.refused.empty();
  });
  if (!done) return std::unexpected(done.error());
  return delivered;
}

Result<> MysqlWriter::write(std::span<const StoredBatch> batches, const LedgerStep& step,
                            Delivered& delivered) {
  Result<> written = write_host(step.epoch);
  if (written) written = write_series(batches, delivered);
  if (written) written = write_samples(batches, step.redelivery, delivered);
  if (written) written = write_headlines(batches);
  if (written) written = write_events(batches, delivered);
  if (written) written = write_job_runs(batches, delivered);
  if (written) written = write_cleanup(batches, delivered);
  return written;
}

Result<> MysqlWriter::write_host(std::int64_t epoch) {
  std::string name;
  connection_.append_quoted(name, host_.name);
  const auto written = connection_.execute(fmt::format(
      "INSERT INTO hosts (host_id, host, first_seen, last_seen, epoch, version) "
      "VALUES ({}, {}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), {}, '{}') "
      "ON DUPLICATE KEY UPDATE host = {}, last_seen = UTC_TIMESTAMP(3), epoch = {}, version = '{}'",
      host_.id, name, epoch, CARETAKER_VERSION, name, epoch, CARETAKER_VERSION));
  if (!written) return std::unexpected(written.error());
  return {};
}

Result<> MysqlWriter::write_series(std::span<const StoredBatch> batches, Delivered& delivered) {
  for (const StoredBatch& batch : batches) {
    for (const StoredSample& sample : batch.samples) series_.need(*sample.series);
  }
  if (auto written = series_.write(); !written) return written;
  if (series_.refused().empty()) return {};
  for (const StoredBatch& batch : batches) {
    for (const StoredSample& sample : batch.samples) {
      const auto refused = series_.refused().find(sample.series->id);
      if (refused == series_.refused().end()) continue;
      delivered.refused.push_back(dead_letter(batch, sample.series->id, refused->second));
    }
  }
  return {};
}

void MysqlWriter::collect_rows(std::span<const StoredBatch> batches) {
  rows_.clear();
  times_.clear();
  for (const StoredBatch& batch : batches) {
    const auto index = static_cast<std::uint32_t>(times_.size());
    append_time_number(times_.emplace_back(), batch.time_ms);
    for (const StoredSample& sample : batch.samples) {
      if (!series_.is_raw(*sample.series) || series_.refused().contains(sample.series->id)) continue;
      rows_.push_back({sample.series->id, batch.time_ms, index, sample.value});
    }
  }
  std::ranges::sort(rows_, {}, [](const Row& row) { return std::tuple(row.series_id, row.time_ms); });
}

Result<> MysqlWriter::write_samples(std::span<const StoredBatch> batches, bool redelivery,
                                    Delivered& delivered) {
  collect_rows(batches);
  MysqlInsert rows = insert("INSERT INTO samples (series_id, time, value) VALUES ",
                            redelivery ? " ON DUPLICATE KEY UPDATE series_id = series_id" : "");
  for (const Row& sample : rows_) {
    append_sample_row(rows.row(), sample.series_id, times_[sample.batch], sample.value);
    if (auto sent = rows.end_row(); !sent) return sent;
  }
  if (auto sent = rows.finish(); !sent) return sent;
  for (const RefusedRow& refused : rows.refused()) {
    const Row& row = rows_[refused.row];
    delivered.refused.push_back(dead_letter(batches[row.batch], row.series_id, refused.error));
  }
  delivered.rows = rows.rows();
  delivered.duplicates = rows.rows() - std::min(rows.rows(), rows.changed());
  return {};
}

Result<> MysqlWriter::write_headlines(std::span<const StoredBatch> batches) {
  MysqlInsert rows = insert(headline_head_, " ON DUPLICATE KEY UPDATE `host` = `host`");
  for (const StoredBatch& batch : batches) {
    const auto headline = headline_of(batch);
    if (!headline) continue;
    std::string& row = rows.row();
    row += '(';
    connection_.append_quoted(row, host_.name);
    row += ',';
    append_time(row, batch.time_ms);
    for (const std::optional<double>& value : *headline) {
      row += ',';
      value ? append_double(row, *value) : void(row += "NULL");
    }
    row += ')';
    if (auto sent = rows.end_row(); !sent) return sent;
  }
  return rows.finish();
}

// (host_id,time,id
void MysqlWriter::append_key(std::string& row, std::int64_t time_ms, std::int64_t id) const {
  row += '(';
  append_integer(row, host_.id);
  row += ',';
  append_time(row, time_ms);
  row += ',';
  append_integer(row, id);
}

// Rows that are one batch each; `append` writes one.
template <class Record, class Append>
Result<> MysqlWriter::write_records(std::span<const StoredBatch> batches,
                                    std::vector<Record> StoredBatch::* records, MysqlInsert rows,
                                    const Append& append, Delivered& delivered) {
  std::vector<std::int64_t> seqs;
  for (const StoredBatch& batch : batches) {
    for (const Record& record : batch.*records) {
      append(rows.row(), record);
      seqs.push_back(batch.seq);
      if (auto sent = rows.end_row(); !sent) return sent;
    }
  }
  auto finished = rows.finish();
  add_dead_letters(rows, seqs, delivered);
  return finished;
}

Result<> MysqlWriter::write_events(std::span<const StoredBatch> batches, Delivered& delivered) {
  MysqlInsert rows = insert("INSERT INTO events (host_id, time, event_id, kind, subject, message) VALUES ",
                            " ON DUPLICATE KEY UPDATE event_id = event_id");
  const auto append = [this](std::string& row, const Event& event) {
    append_key(row, event.time_ms, hash64({event.kind, "\n", event.subject, "\n", event.message}));
    for (const std::string* text : {&event.kind, &event.subject, &event.message}) {
      row += ',';
      connection_.append_quoted(row, *text);
    }
    row += ')';
  };
  return write_records(batches, &StoredBatch::events, std::move(rows), append, delivered);
}

Result<> MysqlWriter::write_job_runs(std::span<const StoredBatch> batches, Delivered& delivered) {
  MysqlInsert rows = insert(
      "INSERT INTO job_runs (host_id, time, run_id, job, duration_ms, cpu_ms, exit_status, `signal`, "
      "timed_out, "
      "standard_output, standard_error) VALUES ",
      " ON DUPLICATE KEY UPDATE run_id = run_id");
  const auto append = [this](std::string& row, const JobRun& run) {
    const std::string numbers = fmt::format(",{},{},{},{},{}", run.duration_ms, run.cpu_ms, run.exit_status,
                                            run.signal, run.timed_out ? 1 : 0);
    append_key(row, run.time_ms,
               hash64({run.job, "\n", numbers, "\n", run.standard_output, "\n", run.standard_error}));
    row += ',';
    connection_.append_quoted(row, run.job);
    row += numbers;
    row += ',';
    connection_.append_quoted(row, run.standard_output);
    row += ',';
    connection_.append_quoted(row, run.standard_error);
    row += ')';
  };
  return write_records(batches, &StoredBatch::job_runs, std::move(rows), append, delivered);
}

Result<> MysqlWriter::write_cleanup(std::span<const StoredBatch> batches, Delivered& delivered) {
  const auto append_run = [this](std::string& row, const CleanupRun& run) {
    append_cleanup_run(row, connection_, host_.id, run);
  };
  const MysqlUpsert& of_run = cleanup_run_upsert();
  auto written = write_records(batches, &StoredBatch::cleanup_runs, insert(of_run.head, of_run.tail),
                               append_run, delivered);
  if (!written) return written;
  const auto append_action = [this](std::string& row, const CleanupAction& action) {
    append_cleanup_action(row, connection_, host_.id, action);
  };
  const MysqlUpsert& of_action = cleanup_action_upsert();
  return write_records(batches, &StoredBatch::cleanup_actions, insert(of_action.head, of_action.tail),
                       append_action, delivered);
}

MysqlInsert MysqlWriter::insert(std::string_view head, std::string_view tail) {
  return {head, tail, limits_, [this](std::string_view sql) { return connection_.execute(sql); }};
}

Result<> MysqlWriter::deliver(std::span<const StoredPeriod> periods, std::int64_t epoch) {
  return in_transaction([&]() -> Result<bool> {
    Result<> written = write_host(epoch);
    for (const StoredPeriod& period : periods) {
      for (const StoredPeriod::Row& row : period.rows) series_.need(*row.series);
    }
    if (written) written = series_.write();
    for (const std::int64_t length_s : {minute_s, hour_s}) {
      if (written) written = write_periods(periods, length_s);
    }
    if (!written) return std::unexpected(written.error());
    return true;
  });
}

Result<> MysqlWriter::write_periods(std::span<const StoredPeriod> periods, std::int64_t length_s) {
  struct Entry {
    std::int64_t series_id;
    std::int64_t time_ms;
    const Rollup* rollup;
  };
  std::vector<Entry> entries;
  for (const StoredPeriod& period : periods) {
    if (period.length_s != length_s) continue;
    for (const StoredPeriod::Row& row : period.rows) {
      if (series_.refused().contains(row.series->id)) continue;
      entries.push_back({row.series->id, period.time_ms, &row.rollup});
    }
  }
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tuple(entry.series_id, entry.time_ms); });
  const std::string head = fmt::format("INSERT INTO {} (series_id, time, count, min, max, sum, last) VALUES ",
                                       length_s == minute_s ? "samples_1m" : "samples_1h");
  // `count` last: the others compare with what it was.
  MysqlInsert rows = insert(head,
                            " ON DUPLICATE KEY UPDATE min = IF(VALUES(count) >= count, VALUES(min), min), "
                            "max = IF(VALUES(count) >= count, VALUES(max), max), "
                            "sum = IF(VALUES(count) >= count, VALUES(sum), sum), "
                            "last = IF(VALUES(count) >= count, VALUES(last), last), "
                            "count = GREATEST(count, VALUES(count))");
  for (const Entry& entry : entries) {
    std::string& row = rows.row();
    row += '(';
    append_integer(row, entry.series_id);
    row += ',';
    append_time_number(row, entry.time_ms);
    row += ',';
    append_integer(row, entry.rollup->count);
    for (const double value : {entry.rollup->min, entry.rollup->max, entry.rollup->sum, entry.rollup->last}) {
      row += ',';
      append_double(row, value);
    }
    row += ')';
    if (auto sent = rows.end_row(); !sent) return sent;
  }
  return rows.finish();
}

}  // namespace caretaker
