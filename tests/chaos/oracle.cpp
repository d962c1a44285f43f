// SPDX-License-Identifier: MIT
#include "chaos/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/parse.h"
#include "support/sqlite_rows.h"

namespace caretaker::chaos {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t overlap_ms = 15'000;  // looked at again by the next check
constexpr std::size_t rows_per_query = 50'000;
constexpr std::size_t examples_max = 5;

constexpr const char* events_local =
    "SELECT time_ms || ' ' || kind || ' ' || subject || ' ' || message FROM events";
constexpr const char* runs_local =
    "SELECT time_ms || ' ' || job || ' ' || duration_ms || ' ' || cpu_ms || ' ' || exit_status || ' ' || "
    "standard_output FROM job_runs";
constexpr std::string_view ms = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', time) DIV 1000";

std::int64_t integer(const std::optional<std::string>& text) {
  return parse_number<std::int64_t>(text.value()).value();
}

std::set<std::string> lines_of(const std::string& file, const std::string& sql) {
  std::set<std::string> lines;
  for (const SqliteRow& row : sqlite_rows(file, sql)) lines.insert(row.at(0).text);
  return lines;
}

std::string utc(std::int64_t time_ms) {
  return fmt::format("('1970-01-01' + INTERVAL {} MICROSECOND)", time_ms * 1000);
}

std::int64_t last_seq_of(const std::string& file) {
  return sqlite_number(file,
                       "SELECT max(COALESCE((SELECT max(seq) FROM batches), 0),"
                       " COALESCE((SELECT value FROM meta WHERE name = 'used_seq'), 0))");
}

}  // namespace

std::vector<std::string> Oracle::check(bool all) {
  differences_.clear();
  // The ledger knows better than a store whose daemon was stopped before it read the answer to COMMIT.
  const auto epoch = sqlite_number(stand_.daemon.store(), "SELECT value FROM meta WHERE name = 'epoch'");
  sent_seq_ = std::max(
      stand_.delivered_seq(),
      count(fmt::format("COALESCE(MAX(last_seq), 0) FROM monitor.deliveries WHERE epoch = {}", epoch)));
  const std::int64_t since_ms = all ? 0 : checked_until_ms_;
  compare_samples(since_ms);
  compare_lines(
      "events", since_ms, events_local,
      fmt::format("SELECT CONCAT({}, ' ', kind, ' ', subject, ' ', message) FROM monitor.events", ms),
      lost_events_);
  compare_lines(
      "job_runs", since_ms, runs_local,
      fmt::format("SELECT CONCAT({}, ' ', job, ' ', duration_ms, ' ', cpu_ms, ' ', exit_status, ' ', "
                  "standard_output) FROM monitor.job_runs",
                  ms),
      lost_runs_);
  compare_headlines();
  compare_rollups();
  check_books();
  check_output();
  checked_until_ms_ =
      sqlite_number(stand_.daemon.store(),
                    fmt::format("SELECT COALESCE(MIN(time_ms), 0) FROM batches WHERE seq >= {}", sent_seq_)) -
      overlap_ms;
  return differences_;
}

void Oracle::compare_samples(std::int64_t since_ms) {
  Samples expected = local_samples(fmt::format("{} AND time_ms >= {}", sent(), since_ms));
  for (const auto& [key, value] : lost_) {
    if (key.second >= since_ms) expected.emplace(key, value);
  }
  const Samples arrived = server_samples(since_ms);
  std::size_t shown = 0;
  for (const auto& [key, value] : expected) {
    const auto found = arrived.find(key);
    if (found != arrived.end() && found->second == value) continue;
    if (++shown > examples_max) break;
    differences_.push_back(fmt::format("sample of series {} at {}: {} here, {} there", key.first, key.second,
                                       value,
                                       found == arrived.end() ? "none" : fmt::to_string(found->second)));
  }
  for (const auto& [key, value] : arrived) {
    if (expected.contains(key)) continue;
    if (++shown > examples_max) break;
    differences_.push_back(
        fmt::format("sample of series {} at {}: none here, {} there", key.first, key.second, value));
  }
  samples_ = static_cast<std::size_t>(count("COUNT(*) FROM monitor.samples"));
  const auto local = static_cast<std::size_t>(
      sqlite_number(stand_.daemon.store(), fmt::format("SELECT COUNT(*) FROM samples WHERE {}", sent())));
  expect(samples_ == local + lost_.size(),
         fmt::format("{} samples there, {} here and {} forgotten", samples_, local, lost_.size()));
}

void Oracle::compare_lines(const std::string& what, std::int64_t since_ms, const std::string& local,
                           const std::string& remote, const Lines& lost) {
  Lines expected =
      lines_of(stand_.daemon.store(), fmt::format("{} WHERE {} AND time_ms >= {}", local, sent(), since_ms));
  for (const std::string& line : lost) {
    if (parse_number<std::int64_t>(line.substr(0, line.find(' '))).value() >= since_ms) expected.insert(line);
  }
  Lines arrived;
  const auto rows = stand_.server.query(fmt::format("{} WHERE time >= {}", remote, utc(since_ms)));
  for (const SqlRow& row : rows) arrived.insert(row.at(0).value());
  expect(rows.size() == arrived.size(),
         fmt::format("{}: {} rows, {} different ones", what, rows.size(), arrived.size()));
  Lines wrong;
  std::ranges::set_symmetric_difference(expected, arrived, std::inserter(wrong, wrong.end()));
  std::size_t shown = 0;
  for (const std::string& line : wrong) {
    if (++shown > examples_max) break;
    differences_.push_back(
        fmt::format("{}: only {}: {}", what, expected.contains(line) ? "here" : "there", line));
  }
}

void Oracle::compare_headlines() {
  const auto there = static_cast<std::size_t>(count("COUNT(*) FROM monitor.system_monitor"));
  const auto here = static_cast<std::size_t>(sqlite_number(
      stand_.daemon.store(),
      fmt::format("SELECT COUNT(*) FROM batches WHERE collector = 'system' AND rows > 0 AND {}", sent())));
  expect(
      there == here + lost_headlines_,
      fmt::format("{} rows of system_monitor there, {} here and {} forgotten", there, here, lost_headlines_));
}

// Minutes of which the store forgot a part can only be told in full by the samples.
void Oracle::compare_rollups() {
  const std::int64_t open_minute =
      sqlite_number(
          stand_.daemon.store(),
          fmt::format("SELECT COALESCE(MAX(time_ms), 0) FROM batches JOIN samples USING (seq) WHERE {}",
                      sent())) /
      minute_ms * minute_ms;
  std::string complete = fmt::format("time < {}", utc(open_minute));
  for (const std::int64_t minute : minutes_with_losses_) {
    complete += fmt::format(" AND NOT (time >= {} AND time < {})", utc(minute), utc(minute + minute_ms));
  }
  const std::string of_samples = fmt::format(
      "(SELECT series_id, CAST(DATE_FORMAT(time, '%Y-%m-%d %H:%i:00') AS DATETIME) AS minute, COUNT(*) AS n,"
      " MIN(value) AS low, MAX(value) AS high FROM monitor.samples WHERE {} GROUP BY 1, 2) AS made",
      complete);
  const auto minutes = count(fmt::format("COUNT(*) FROM {}", of_samples));
  const auto rollups = count(fmt::format("COUNT(*) FROM monitor.samples_1m WHERE {}", complete));
  expect(minutes == rollups, fmt::format("{} rollups of complete minutes, not {}", rollups, minutes));
  const auto right = count(fmt::format(
      "COUNT(*) FROM {} JOIN monitor.samples_1m AS told ON told.series_id = made.series_id AND"
      " told.time = made.minute AND told.count = made.n AND told.min = made.low AND told.max = made.high",
      of_samples));
  expect(minutes == right,
         fmt::format("{} of {} rollups differ from their samples", minutes - right, minutes));
}

void Oracle::check_books() {
  const SqliteRow row =
      sqlite_rows(
          stand_.daemon.store(),
          "SELECT (SELECT value FROM counters WHERE name = 'collected'),"
          " (SELECT SUM(value) FROM counters WHERE name <> 'collected'),"
          " (SELECT value FROM counters WHERE name = 'delivered'),"
          " (SELECT COUNT(*) FROM samples WHERE seq <= (SELECT value FROM meta WHERE name = "
          "'delivered_seq')),"
          " (SELECT COUNT(*) FROM samples),"
          " (SELECT COALESCE(SUM(value), 0) FROM counters WHERE name LIKE 'dropped_%' OR name = 'expired')")
          .at(0);
  expect(row.at(0).integer == row.at(1).integer,
         fmt::format("collected {} is not delivered + pending + expired + dropped, {}", row.at(0).integer,
                     row.at(1).integer));
  expect(row.at(2).integer == row.at(3).integer,
         fmt::format("{} samples count as delivered, {} are", row.at(2).integer, row.at(3).integer));
  expect(row.at(0).integer == row.at(4).integer,
         fmt::format("{} samples count as collected, {} are stored", row.at(0).integer, row.at(4).integer));
  expect(row.at(5).integer == 0, fmt::format("{} samples were dropped or expired", row.at(5).integer));
}

void Oracle::check_output() {
  std::ifstream err(stand_.daemon.path("err"));
  for (std::string line; std::getline(err, line);) {
    for (const char* word : {"Sanitizer", "runtime error:", "terminate called", "Assertion"}) {
      expect(!line.contains(word), "the daemon said: " + line);
    }
  }
}

void Oracle::expect(bool right, const std::string& difference) {
  if (!right) differences_.push_back(difference);
}

void Oracle::forget_what_is_not_in(const std::string& snapshot) {
  const std::int64_t kept = last_seq_of(snapshot);
  const std::string forgotten = fmt::format("{} AND seq > {}", sent(), kept);
  for (const auto& [key, value] : local_samples(forgotten)) {
    lost_.emplace(key, value);
    minutes_with_losses_.insert(key.second / minute_ms * minute_ms);
  }
  lost_headlines_ += static_cast<std::size_t>(sqlite_number(
      stand_.daemon.store(),
      fmt::format("SELECT COUNT(*) FROM batches WHERE collector = 'system' AND rows > 0 AND {}", forgotten)));
  lost_events_.merge(lines_of(stand_.daemon.store(), fmt::format("{} WHERE {}", events_local, forgotten)));
  lost_runs_.merge(lines_of(stand_.daemon.store(), fmt::format("{} WHERE {}", runs_local, forgotten)));
}

Oracle::Samples Oracle::local_samples(const std::string& where) const {
  Samples samples;
  for (const SqliteRow& row :
       sqlite_rows(stand_.daemon.store(),
                   "SELECT series_id, time_ms, samples.value FROM samples JOIN batches USING (seq)"
                   " JOIN series USING (series) WHERE " +
                       where)) {
    if (!samples.emplace(std::pair(row.at(0).integer, row.at(1).integer), row.at(2).real).second) {
      throw Failure(fmt::format("series {} has two samples at {} in the local store", row.at(0).integer,
                                row.at(1).integer));
    }
  }
  return samples;
}

Oracle::Samples Oracle::server_samples(std::int64_t since_ms) const {
  Samples samples;
  std::string behind = "TRUE";
  for (;;) {
    const auto rows = stand_.server.query(
        fmt::format("SELECT series_id, {}, value FROM monitor.samples WHERE time >= {} AND {}"
                    " ORDER BY series_id, time LIMIT {}",
                    ms, utc(since_ms), behind, rows_per_query));
    for (const SqlRow& row : rows) {
      samples.emplace(std::pair(integer(row.at(0)), integer(row.at(1))),
                      parse_number<double>(row.at(2).value()).value());
    }
    if (rows.size() < rows_per_query) return samples;
    const auto& [series_id, time_ms] = samples.rbegin()->first;
    behind = fmt::format("(series_id > {0} OR (series_id = {0} AND time > {1}))", series_id, utc(time_ms));
  }
}

std::int64_t Oracle::count(const std::string& of) const {
  return integer(stand_.server.value("SELECT " + of));
}

std::string Oracle::sent() const {
  return fmt::format("seq <= {}", sent_seq_);
}

}  // namespace caretaker::chaos
