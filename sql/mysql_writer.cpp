// SPDX-License-Identifier: MIT
#include "sql/mysql_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "base/hash.h"
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

}  // namespace

MysqlWriter::MysqlWriter(MysqlConnection& connection, const HostIdentity& host,
                         std::string_view system_monitor)
    : connection_(connection),
      host_(host),
      headline_head_(
          fmt::format("INSERT INTO {} (`host`, `timestamp`, cpu_usage, memory_usage, disk_usage, net_sent, "
                      "net_recv) VALUES ",
                      system_monitor)) {
  limits_.bytes_max = std::min(limits_.bytes_max, connection.server().packet_bytes_max / 2);
}

Result<Delivered> MysqlWriter::deliver(std::span<const StoredBatch> batches, const LedgerStep& step) {
  new_series_.clear();
  if (auto begun = connection_.execute("START TRANSACTION"); !begun) return std::unexpected(begun.error());
  auto done = transaction(batches, step);
  if (!done || !done->ledger_matched) {
    // The first error is the one that counts; a lost connection has rolled back by itself.
    [[maybe_unused]] const auto undone = connection_.execute("ROLLBACK");
    return done;
  }
  if (auto committed = connection_.execute("COMMIT"); !committed) return std::unexpected(committed.error());
  host_written_ = true;
  remember_series();
  return done;
}

Result<Delivered> MysqlWriter::transaction(std::span<const StoredBatch> batches, const LedgerStep& step) {
  const LedgerRow to{batches.back().seq, batches.back().time_ms};
  const auto moved = move_ledger(connection_, host_.id, step.epoch, step.from_seq, to);
  if (!moved) return std::unexpected(moved.error());
  Delivered delivered{.ledger_matched = *moved};
  if (!delivered.ledger_matched) return delivered;
  Result<> written = write_host();
  if (written) written = write_series(batches);
  if (written) written = write_samples(batches, step.redelivery, delivered);
  if (written) written = write_headlines(batches);
  if (written) written = write_events(batches);
  if (written) written = write_job_runs(batches);
  if (!written) return std::unexpected(written.error());
  return delivered;
}

Result<> MysqlWriter::write_host() {
  if (host_written_) return {};
  std::string name;
  connection_.append_quoted(name, host_.name);
  const auto written =
      connection_.execute(fmt::format("INSERT INTO hosts (host_id, host, first_seen) VALUES ({}, {}, "
                                      "UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE host = {}",
                                      host_.id, name, name));
  if (!written) return std::unexpected(written.error());
  return {};
}

Result<> MysqlWriter::write_series(std::span<const StoredBatch> batches) {
  MysqlInsert rows = insert("INSERT INTO series (series_id, host_id, metric, labels, unit, type) VALUES ",
                            " ON DUPLICATE KEY UPDATE series_id = series_id");
  for (const StoredBatch& batch : batches) {
    for (const StoredSample& sample : batch.samples) {
      const StoredSeries& series = *sample.series;
      if (known_series_.contains(series.id) || !new_series_.insert(series.id).second) continue;
      std::string& row = rows.row();
      row += '(';
      append_integer(row, series.id);
      row += ',';
      append_integer(row, host_.id);
      for (const std::string* text : {&series.metric, &series.labels, &series.unit, &series.type}) {
        row += ',';
        connection_.append_quoted(row, *text);
      }
      row += ')';
      if (auto sent = rows.end_row(); !sent) return sent;
    }
  }
  return rows.finish();
}

void MysqlWriter::collect_rows(std::span<const StoredBatch> batches) {
  rows_.clear();
  times_.clear();
  for (const StoredBatch& batch : batches) {
    const auto index = static_cast<std::uint32_t>(times_.size());
    times_.push_back(time_literal(batch.time_ms));
    for (const StoredSample& sample : batch.samples) {
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
    std::string& row = rows.row();
    row += '(';
    append_integer(row, sample.series_id);
    row += ',';
    row += times_[sample.batch];
    row += ',';
    append_double(row, sample.value);
    row += ')';
    if (auto sent = rows.end_row(); !sent) return sent;
  }
  if (auto sent = rows.finish(); !sent) return sent;
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

Result<> MysqlWriter::write_events(std::span<const StoredBatch> batches) {
  MysqlInsert rows = insert("INSERT INTO events (host_id, time, event_id, kind, subject, message) VALUES ",
                            " ON DUPLICATE KEY UPDATE event_id = event_id");
  for (const StoredBatch& batch : batches) {
    for (const Event& event : batch.events) {
      std::string& row = rows.row();
      append_key(row, event.time_ms, hash64({event.kind, "\n", event.subject, "\n", event.message}));
      for (const std::string* text : {&event.kind, &event.subject, &event.message}) {
        row += ',';
        connection_.append_quoted(row, *text);
      }
      row += ')';
      if (auto sent = rows.end_row(); !sent) return sent;
    }
  }
  return rows.finish();
}

Result<> MysqlWriter::write_job_runs(std::span<const StoredBatch> batches) {
  MysqlInsert rows = insert(
      "INSERT INTO job_runs (host_id, time, run_id, job, duration_ms, cpu_ms, exit_status, `signal`, "
      "timed_out, "
      "standard_output, standard_error) VALUES ",
      " ON DUPLICATE KEY UPDATE run_id = run_id");
  for (const StoredBatch& batch : batches) {
    for (const JobRun& run : batch.job_runs) {
      const std::string numbers = fmt::format(",{},{},{},{},{}", run.duration_ms, run.cpu_ms, run.exit_status,
                                              run.signal, run.timed_out ? 1 : 0);
      std::string& row = rows.row();
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
      if (auto sent = rows.end_row(); !sent) return sent;
    }
  }
  return rows.finish();
}

MysqlInsert MysqlWriter::insert(std::string_view head, std::string_view tail) {
  return {head, tail, limits_, [this](std::string_view sql) { return connection_.execute(sql); }};
}

void MysqlWriter::remember_series() {
  if (known_series_.size() + new_series_.size() > known_series_max) known_series_.clear();
  known_series_.merge(new_series_);
}

}  // namespace caretaker
