// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    counter("pressure_cpu_waiting_seconds_total", "seconds",
            "Time in which some task waited for a CPU (/proc/pressure/cpu, some)."),
    counter("pressure_io_waiting_seconds_total", "seconds",
            "Time in which some task waited for I/O (/proc/pressure/io, some)."),
    counter("pressure_io_stalled_seconds_total", "seconds",
            "Time in which all tasks waited for I/O (/proc/pressure/io, full)."),
    counter("pressure_memory_waiting_seconds_total", "seconds",
            "Time in which some task waited for memory (/proc/pressure/memory, some)."),
    counter("pressure_memory_stalled_seconds_total", "seconds",
            "Time in which all tasks waited for memory (/proc/pressure/memory, full)."),
    counter("pressure_irq_stalled_seconds_total", "seconds",
            "Time in which interrupts held up all tasks (/proc/pressure/irq, full; Linux 6.1)."),
};

// A file and what its lines become; null: left out (`full` of cpu is always 0 for the whole system).
struct SourceInfo {
  std::string_view file;
  const MetricInfo* some;
  const MetricInfo* full;
};

constexpr std::array<SourceInfo, 4> sources = {{{"pressure/cpu", metrics.data(), nullptr},
                                                {"pressure/io", &metrics[1], &metrics[2]},
                                                {"pressure/memory", &metrics[3], &metrics[4]},
                                                {"pressure/irq", nullptr, &metrics[5]}}};

constexpr double us_per_s = 1e6;

// The `total` of `some avg10=0.00 avg60=0.00 avg300=0.00 total=4711` behind its first word, in microseconds.
std::optional<std::uint64_t> parse_total(std::string_view fields) {
  constexpr std::string_view prefix = "total=";
  for (std::string_view word = take_word(fields); !word.empty(); word = take_word(fields)) {
    if (word.starts_with(prefix)) return parse_number<std::uint64_t>(word.substr(prefix.size()));
  }
  return std::nullopt;
}

class PressureSource {
 public:
  PressureSource(const CollectorContext& context, const SourceInfo& info)
      : file_(context.paths.proc(info.file)) {
    if (info.some != nullptr) some_ = context.series.make(*info.some);
    if (info.full != nullptr) full_ = context.series.make(*info.full);
  }

  Result<Outcome> collect(SampleBatch& out) {
    if (!supported_) return Outcome::no_data;
    const auto text = file_.read();
    if (!text) {
      const auto outcome = without_source(text.error());
      // Fixed at boot (CONFIG_PSI, psi=1), so not asked again.
      supported_ = !outcome.has_value();
      return outcome;
    }
    SourceLines lines(file_.path(), *text);
    bool some_found = false;
    bool full_found = false;
    for (std::string_view line; lines.next(line);) {
      const std::string_view word = take_word(line);
      if (word == "some") {
        if (!add_line(some_, line, some_found, out)) lines.reject();
      } else if (word == "full") {
        if (!add_line(full_, line, full_found, out)) lines.reject();
      }
    }
    return lines.result(some_found || full_found);
  }

 private:
  // False for a line that is not understood or comes twice.
  static bool add_line(const SeriesRef& series, std::string_view fields, bool& found, SampleBatch& out) {
    if (series == nullptr) return true;
    const auto total = parse_total(fields);
    if (!total || std::exchange(found, true)) return false;
    out.add(series, static_cast<double>(*total) / us_per_s);
    return true;
  }

  PolledFile file_;
  SeriesRef some_;
  SeriesRef full_;
  bool supported_ = true;
};

class PressureCollector final : public Collector {
 public:
  explicit PressureCollector(const CollectorContext& context)
      : sources_{PressureSource(context, sources[0]), PressureSource(context, sources[1]),
                 PressureSource(context, sources[2]), PressureSource(context, sources[3])} {}

  Result<Outcome> collect(SampleBatch& out) override {
    CombinedOutcome outcome;
    for (PressureSource& source : sources_) outcome.add(source.collect(out));
    return outcome.result();
  }

 private:
  std::array<PressureSource, sources.size()> sources_;
};

}  // namespace

extern const CollectorInfo pressure_collector = {
    .name = "pressure",
    .job = "cpu",
    .help = "Pressure stall information: time that tasks lost by waiting (/proc/pressure/*).",
    .metrics = metrics,
    .create = create_collector<PressureCollector>};

}  // namespace caretaker
