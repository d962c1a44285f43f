// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace caretaker {

enum class MetricType : std::uint8_t { gauge, counter };

// "gauge" or "counter", as in the SQL column `type` and in the Prometheus text format.
[[nodiscard]] std::string_view to_string(MetricType type);

// A metric, declared once in a static table of its collector. Names are the node exporter's without the
// `node_` prefix: base units, unit suffix, `_total` for counters. Lives as long as the program.
struct MetricInfo {
  std::string_view name;
  std::string_view unit;  // "bytes", "seconds", "ratio", ... ; empty for plain counts
  std::string_view help;  // one sentence, with the source
  MetricType type = MetricType::gauge;
};

struct Label {
  std::string_view name;
  std::string_view value;
};

// One time series: a metric with its labels on one host. Immutable, so any thread may read it.
struct Series {
  std::int64_t id = 0;    // signed XXH3 of host id, metric name and labels; the key everywhere
  std::string metric;     // owned: a collector may name metrics after what it reads (meminfo keys)
  std::string labels;     // JSON object, keys sorted, valid UTF-8: {"cpu":"0","mode":"idle"}
  std::string_view unit;  // from MetricInfo
  std::string_view help;  // from MetricInfo
  MetricType type = MetricType::gauge;
};

// Obtained once per series and kept by its collector; shared with the batches on their way to the store, so
// that a vanished device's series is freed with its last batch.
using SeriesRef = std::shared_ptr<const Series>;

// Makes Series for one host. Stateless after construction, thread safe.
class SeriesFactory {
 public:
  explicit SeriesFactory(std::int64_t host_id) : host_id_(host_id) {}

  [[nodiscard]] SeriesRef make(const MetricInfo& info, std::initializer_list<Label> labels = {}) const;
  // For metrics named after what is read: `name` in place of info.name.
  [[nodiscard]] SeriesRef make_named(std::string_view name, const MetricInfo& info,
                                     std::span<const Label> labels = {}) const;

 private:
  std::int64_t host_id_;
};

// Exact until SQL: counters stay 64-bit integers.
using Value = std::variant<double, std::uint64_t>;

[[nodiscard]] double to_double(const Value& value);

struct Sample {
  SeriesRef series;
  Value value;
};

// The moment a run was scheduled for.
struct Tick {
  std::int64_t time_ms =
      0;  // UTC on the interval's grid, plus n ms after the n-th backward clock step (mod 1000)
  std::int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC of the scheduled moment
  std::uint32_t discontinuities =
      0;  // suspends and clock steps so far: another number means a new baseline for rates
};

// All samples of one collector at one tick. Reused by its owner: clear() keeps the memory.
class SampleBatch {
 public:
  void start(std::string_view collector, Tick tick);
  // Values that are not finite cannot be stored in SQL: skipped and counted.
  void add(const SeriesRef& series, double value);
  void add(const SeriesRef& series, std::uint64_t value) { samples_.push_back({series, value}); }

  [[nodiscard]] std::string_view collector() const { return collector_; }
  [[nodiscard]] const Tick& tick() const { return tick_; }
  [[nodiscard]] std::span<const Sample> samples() const { return samples_; }
  [[nodiscard]] std::size_t not_finite() const { return not_finite_; }

 private:
  std::string_view collector_;  // a registry name: lives as long as the program
  Tick tick_;
  std::vector<Sample> samples_;
  std::size_t not_finite_ = 0;
};

}  // namespace caretaker
