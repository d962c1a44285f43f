// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "base/parse.h"
#include "collectors/collector.h"
#include "collectors/cpu_times.h"
#include "collectors/keyed_states.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    counter("cpu_seconds_total", "seconds",
            "Time each CPU spent in each mode; user and nice include their guest time (/proc/stat)."),
    counter("cpu_guest_seconds_total", "seconds",
            "Time each CPU spent running guests, already counted in user and nice (/proc/stat)."),
};

struct Mode {
  const MetricInfo& metric;
  std::string_view name;
};

// In the order of CpuField.
constexpr std::array<Mode, cpu_fields> modes = {{{metrics[0], "user"},
                                                 {metrics[0], "nice"},
                                                 {metrics[0], "system"},
                                                 {metrics[0], "idle"},
                                                 {metrics[0], "iowait"},
                                                 {metrics[0], "irq"},
                                                 {metrics[0], "softirq"},
                                                 {metrics[0], "steal"},
                                                 {metrics[1], "user"},
                                                 {metrics[1], "nice"}}};

// Idle time that goes back by this much means that the CPU was taken away and came back.
constexpr std::uint64_t hotplug_seconds = 3;

// One CPU. The kernel lets idle, iowait and steal fall back a little now and then (proc_stat(5)), and a
// falling counter looks like a restart to everyone who reads it: each field keeps the highest value seen.
class CpuState {
 public:
  CpuState(const SeriesFactory& factory, std::string_view cpu) {
    for (std::size_t i = 0; i < cpu_fields; ++i) {
      series_[i] = factory.make(modes[i].metric, {{"cpu", cpu}, {"mode", modes[i].name}});
    }
  }

  void update(const CpuTimes& now, std::uint64_t hz) {
    const std::uint64_t idle = now.ticks[cpu_idle];
    if (highest_[cpu_idle] > idle && highest_[cpu_idle] - idle >= hotplug_seconds * hz) highest_ = {};
    for (std::size_t i = 0; i < now.count; ++i) highest_[i] = std::max(highest_[i], now.ticks[i]);
  }

  void add_to(SampleBatch& out, std::size_t fields, std::uint64_t hz) const {
    for (std::size_t i = 0; i < fields; ++i) {
      out.add(series_[i], static_cast<double>(highest_[i]) / static_cast<double>(hz));
    }
  }

 private:
  std::array<SeriesRef, cpu_fields> series_;
  std::array<std::uint64_t, cpu_fields> highest_{};
};

class CpuCollector final : public Collector {
 public:
  explicit CpuCollector(const CollectorContext& context)
      : series_(context.series), file_(context.paths.proc("stat")) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    cpus_.begin_pass();
    std::string_view line;
    while (lines.next(line)) {
      std::string_view cpu = take_word(line);
      // The first line, without a number, is the sum.
      if (!cpu.starts_with("cpu") || cpu == "cpu") continue;
      cpu.remove_prefix(3);
      if (!add_cpu(cpu, line, out)) lines.reject();
    }
    cpus_.end_pass();
    return lines.result(cpus_.size() > 0);
  }

 private:
  bool add_cpu(std::string_view cpu, std::string_view fields, SampleBatch& out) {
    const auto times = parse_cpu_times(fields);
    if (!times || !parse_number<std::uint32_t>(cpu)) return false;
    CpuState* state = cpus_.find_or_add(cpu, [&] { return CpuState(series_, cpu); });
    if (state == nullptr) return false;
    state->update(*times, hz_);
    state->add_to(out, times->count, hz_);
    return true;
  }

  const SeriesFactory& series_;
  PolledFile file_;
  std::uint64_t hz_ = ticks_per_second();
  KeyedStates<CpuState> cpus_;
};

}  // namespace

extern const CollectorInfo cpu_collector = {.name = "cpu",
                                            .job = "cpu",
                                            .help = "CPU time per core and mode (/proc/stat).",
                                            .metrics = metrics,
                                            .create = create_collector<CpuCollector>};

}  // namespace caretaker
