// SPDX-License-Identifier: MIT
#include "sql/store_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "sql/batch_reader.h"
#include "sql/cleanup_reader.h"
#include "sql/compact_value.h"
#include "sql/reader_session.h"

namespace caretaker {
namespace {

// How far back from the end a collector's last batch is looked for; what is older is not current.
constexpr std::int64_t latest_batches_max = 10'000;

// Labels are canonical JSON of strings, in which a quote inside a value is escaped: so the text of one pair
// between separators is that pair.
bool has_label(std::string_view labels, const std::pair<std::string, std::string>& label) {
  std::string pair;
  append_json_string(pair, label.first);
  pair += ':';
  append_json_string(pair, label.second);
  for (auto at = labels.find(pair); at != std::string_view::npos; at = labels.find(pair, at + 1)) {
    const bool begins = at > 0 && (labels[at - 1] == '{' || labels[at - 1] == ',');
    const std::size_t end = at + pair.size();
    if (begins && end < labels.size() && (labels[end] == ',' || labels[end] == '}')) return true;
  }
  return false;
}

}  // namespace

class StoreReader::Impl {
 public:
  explicit Impl(std::string path) : session_(std::move(path)) {}

  // One of the functions below in a read transaction. An error closes the connection.
  template <class T, class... Arguments>
  Result<T> read(Result<T> (Impl::*query)(Arguments...), Arguments... arguments) {
    Result<T> result;
    if (const auto begun = session_.begin(); !begun) {
      result = std::unexpected(begun.error());
    } else {
      result = (this->*query)(arguments...);
    }
    if (!result) {
      session_.close();
      result.error().message = fmt::format("read {}: {}", session_.path(), result.error().message);
    } else if (!session_.end()) {
      session_.close();  // what was read is good all the same
    }
    return result;
  }

  Result<std::vector<StoredBatch>> batches(std::int64_t after_seq, std::size_t rows_max) {
    return read_batches(session_, after_seq, rows_max);
  }
  Result<std::vector<StoredPeriod>> periods(std::int64_t after_period, std::size_t rows_max);
  Result<std::int64_t> first_seq_since(std::int64_t time_ms);
  Result<std::int64_t> first_period_since(std::int64_t time_ms);
  Result<std::int64_t> batch_time_ms(std::int64_t seq);
  Result<std::vector<MetricPoint>> latest(const std::string& glob);
  Result<std::vector<MetricPoint>> history(const std::string& metric, const LabelFilter& labels,
                                           std::int64_t since_ms, std::size_t points_max);
  Result<StoredUsage> cleanup_usage() { return read_cleanup_usage(session_.connection()); }
  Result<std::vector<StoredCleanup>> cleanup_history(std::int64_t since_ms, std::size_t runs_max,
                                                     std::size_t actions_max) {
    return read_cleanup_history(session_.connection(), since_ms, runs_max, actions_max);
  }

 private:
  using LastBatches = std::unordered_map<std::string, std::pair<std::int64_t, std::int64_t>>;  // seq, time_ms

  static Result<std::int64_t> integer(SqliteStatement& statement);
  Result<LastBatches> last_batches(const std::unordered_set<std::string>& collectors);
  Result<std::vector<std::int64_t>> series_of(const std::string& metric, const LabelFilter& labels);

  ReaderSession session_;
};

Result<std::vector<StoredPeriod>> StoreReader::Impl::periods(std::int64_t after_period,
                                                             std::size_t rows_max) {
  std::vector<StoredPeriod> periods;
  std::size_t rows = 0;
  SqliteStatement& next = session_.statements().periods;
  next.bind(1, after_period);
  while (rows < rows_max) {
    const auto row = next.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return periods;
    StoredPeriod& period = periods.emplace_back(StoredPeriod{
        .number = next.integer(0), .length_s = next.integer(1), .time_ms = next.integer(2), .rows = {}});
    SqliteStatement& rollups = session_.statements().rollups;
    rollups.bind(1, period.number);
    const auto read = for_each_row(rollups, [&](const SqliteStatement& rollup) -> Result<> {
      const auto series = session_.series(rollup.integer(0));
      if (!series) return std::unexpected(series.error());
      period.rows.push_back({.series = *series, .rollup = read_rollup(rollup)});
      return {};
    });
    if (!read) return std::unexpected(read.error());
    rows += std::max<std::size_t>(period.rows.size(), 1);
  }
  next.reset();
  return periods;
}

Result<std::int64_t> StoreReader::Impl::integer(SqliteStatement& statement) {
  const auto value = statement.query_integer();
  if (!value) return std::unexpected(value.error());
  return value->value_or(0);
}

Result<std::int64_t> StoreReader::Impl::first_seq_since(std::int64_t time_ms) {
  return integer(session_.statements().first_seq_since.bind(1, time_ms));
}

Result<std::int64_t> StoreReader::Impl::first_period_since(std::int64_t time_ms) {
  return integer(session_.statements().first_period_since.bind(1, time_ms));
}

Result<std::int64_t> StoreReader::Impl::batch_time_ms(std::int64_t seq) {
  return integer(session_.statements().batch_time.bind(1, seq));
}

Result<StoreReader::Impl::LastBatches> StoreReader::Impl::last_batches(
    const std::unordered_set<std::string>& collectors) {
  LastBatches last;
  SqliteStatement& backward = session_.statements().batches_backward;
  backward.bind(1, latest_batches_max);
  while (last.size() < collectors.size()) {
    const auto row = backward.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return last;
    std::string collector(backward.text(2));
    if (!collectors.contains(collector)) continue;
    last.try_emplace(std::move(collector), backward.integer(0), backward.integer(1));
  }
  backward.reset();
  return last;
}

Result<std::vector<MetricPoint>> StoreReader::Impl::latest(const std::string& glob) {
  std::unordered_set<std::string> collectors;
  std::unordered_set<std::int64_t> wanted;
  const auto chosen =
      for_each_row(session_.statements().all_series, [&](const SqliteStatement& row) -> Result<> {
        if (!glob_match(glob, std::string(row.text(1)))) return {};
        wanted.insert(row.integer(0));
        collectors.emplace(row.text(2));
        return {};
      });
  if (!chosen) return std::unexpected(chosen.error());
  const auto last = last_batches(collectors);
  if (!last) return std::unexpected(last.error());
  std::vector<MetricPoint> points;
  for (const auto& [collector, batch] : *last) {
    SqliteStatement& samples = session_.statements().samples;
    samples.bind(1, batch.first).bind(2, batch.first);
    const auto added = for_each_row(samples, [&](const SqliteStatement& row) -> Result<> {
      if (!wanted.contains(row.integer(1))) return {};
      const auto series = session_.series(row.integer(1));
      if (!series) return std::unexpected(series.error());
      const StoredSeries& text = **series;
      points.push_back({batch.second, text.metric, text.labels, text.unit, row.real(2)});
      return {};
    });
    if (!added) return std::unexpected(added.error());
  }
  std::ranges::sort(points, {},
                    [](const MetricPoint& point) { return std::tie(point.metric, point.labels); });
  return points;
}

Result<std::vector<std::int64_t>> StoreReader::Impl::series_of(const std::string& metric,
                                                               const LabelFilter& labels) {
  std::vector<std::int64_t> numbers;
  const auto read =
      for_each_row(session_.statements().all_series, [&](const SqliteStatement& row) -> Result<> {
        const bool wanted = row.text(1) == metric && std::ranges::all_of(labels, [&](const auto& label) {
                              return has_label(row.text(3), label);
                            });
        if (wanted) numbers.push_back(row.integer(0));
        return {};
      });
  if (!read) return std::unexpected(read.error());
  return numbers;
}

Result<std::vector<MetricPoint>> StoreReader::Impl::history(const std::string& metric,
                                                            const LabelFilter& labels, std::int64_t since_ms,
                                                            std::size_t points_max) {
  const auto newest_first = [](const MetricPoint& a, const MetricPoint& b) {
    return std::tie(b.time_ms, b.labels) < std::tie(a.time_ms, a.labels);
  };
  const auto numbers = series_of(metric, labels);
  if (!numbers) return std::unexpected(numbers.error());
  std::vector<MetricPoint> points;
  for (const std::int64_t number : *numbers) {
    const auto series = session_.series(number);
    if (!series) return std::unexpected(series.error());
    const StoredSeries& text = **series;
    SqliteStatement& rows = session_.statements().history;
    rows.bind(1, std::string_view(text.collector)).bind(2, number).bind(3, since_ms);
    rows.bind(4, static_cast<std::int64_t>(points_max));
    const auto added = for_each_row(rows, [&](const SqliteStatement& row) -> Result<> {
      points.push_back({row.integer(0), text.metric, text.labels, text.unit, row.real(1)});
      return {};
    });
    if (!added) return std::unexpected(added.error());
    std::ranges::sort(points, newest_first);
    if (points.size() > points_max) points.resize(points_max);
  }
  std::ranges::reverse(points);
  return points;
}

StoreReader::StoreReader(std::string path) : impl_(std::make_unique<Impl>(std::move(path))) {}
StoreReader::StoreReader(StoreReader&&) noexcept = default;
StoreReader& StoreReader::operator=(StoreReader&&) noexcept = default;
StoreReader::~StoreReader() = default;

Result<std::vector<StoredBatch>> StoreReader::batches(std::int64_t after_seq, std::size_t rows_max) {
  return impl_->read(&Impl::batches, after_seq, rows_max);
}

Result<std::vector<StoredPeriod>> StoreReader::periods(std::int64_t after_period, std::size_t rows_max) {
  return impl_->read(&Impl::periods, after_period, rows_max);
}

Result<std::int64_t> StoreReader::first_seq_since(std::int64_t time_ms) {
  return impl_->read(&Impl::first_seq_since, time_ms);
}

Result<std::int64_t> StoreReader::first_period_since(std::int64_t time_ms) {
  return impl_->read(&Impl::first_period_since, time_ms);
}

Result<std::int64_t> StoreReader::batch_time_ms(std::int64_t seq) {
  return impl_->read(&Impl::batch_time_ms, seq);
}

Result<std::vector<MetricPoint>> StoreReader::latest(const std::string& glob) {
  return impl_->read<std::vector<MetricPoint>, const std::string&>(&Impl::latest, glob);
}

Result<std::vector<MetricPoint>> StoreReader::history(const std::string& metric, const LabelFilter& labels,
                                                      std::int64_t since_ms, std::size_t points_max) {
  return impl_
      ->read<std::vector<MetricPoint>, const std::string&, const LabelFilter&, std::int64_t, std::size_t>(
          &Impl::history, metric, labels, since_ms, points_max);
}

Result<StoredUsage> StoreReader::cleanup_usage() {
  return impl_->read(&Impl::cleanup_usage);
}

Result<std::vector<StoredCleanup>> StoreReader::cleanup_history(std::int64_t since_ms, std::size_t runs_max,
                                                                std::size_t actions_max) {
  return impl_->read(&Impl::cleanup_history, since_ms, runs_max, actions_max);
}

}  // namespace caretaker
