// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    counter("intr_total", "", "Interrupts serviced since boot (/proc/stat)."),
    counter("context_switches_total", "", "Context switches since boot (/proc/stat)."),
    gauge("boot_time_seconds", "seconds",
          "Time of the boot in seconds since the epoch; moves with clock steps (/proc/stat)."),
    counter("forks_total", "", "Processes and threads created since boot (/proc/stat)."),
    gauge("procs_running", "", "Threads that run or could run (/proc/stat)."),
    gauge("procs_blocked", "", "Threads that wait for I/O (/proc/stat)."),
};

// The lines of /proc/stat in the order of `metrics`.
constexpr std::array<std::string_view, metrics.size()> keys = {"intr",      "ctxt",          "btime",
                                                               "processes", "procs_running", "procs_blocked"};

class StatCollector final : public Collector {
 public:
  explicit StatCollector(const CollectorContext& context) : file_(context.paths.proc("stat")) {
    for (std::size_t i = 0; i < metrics.size(); ++i) series_[i] = context.series.make(metrics[i]);
  }

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    std::array<bool, metrics.size()> found{};
    std::string_view line;
    while (lines.next(line)) {
      const auto key = static_cast<std::size_t>(std::ranges::find(keys, take_word(line)) - keys.begin());
      if (key == keys.size()) continue;
      const auto number = take_number(line);
      if (!number || std::exchange(found[key], true)) {
        lines.reject();
      } else {
        out.add(series_[key], *number);
      }
    }
    return lines.result(std::ranges::any_of(found, std::identity()));
  }

 private:
  PolledFile file_;
  std::array<SeriesRef, metrics.size()> series_;
};

}  // namespace

extern const CollectorInfo stat_collector = {
    .name = "stat",
    .job = "cpu",
    .help = "Context switches, interrupts, forks, boot time and waiting threads (/proc/stat).",
    .metrics = metrics,
    .create = create_collector<StatCollector>};

}  // namespace caretaker
