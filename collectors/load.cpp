// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    gauge("load1", "", "Threads that run or wait, averaged over 1 minute (/proc/loadavg)."),
    gauge("load5", "", "Threads that run or wait, averaged over 5 minutes (/proc/loadavg)."),
    gauge("load15", "", "Threads that run or wait, averaged over 15 minutes (/proc/loadavg)."),
};

using Loads = std::array<double, metrics.size()>;

// `0.20 0.18 0.12 1/80 11206`: the last two are not ours.
std::optional<Loads> parse_loads(std::string_view line) {
  Loads loads{};
  for (double& load : loads) {
    const auto number = parse_number<double>(take_word(line));
    if (!number || !(*number >= 0)) return std::nullopt;
    load = *number;
  }
  return loads;
}

class LoadCollector final : public Collector {
 public:
  explicit LoadCollector(const CollectorContext& context) : file_(context.paths.proc("loadavg")) {
    for (std::size_t i = 0; i < metrics.size(); ++i) series_[i] = context.series.make(metrics[i]);
  }

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    std::string_view line;
    if (!lines.next(line)) return lines.result(false);
    if (const auto loads = parse_loads(line)) {
      for (std::size_t i = 0; i < metrics.size(); ++i) out.add(series_[i], (*loads)[i]);
    } else {
      lines.reject();
    }
    return lines.result(true);
  }

 private:
  PolledFile file_;
  std::array<SeriesRef, metrics.size()> series_;
};

}  // namespace

extern const CollectorInfo load_collector = {.name = "load",
                                             .job = "cpu",
                                             .help = "Load averages (/proc/loadavg).",
                                             .metrics = metrics,
                                             .create = create_collector<LoadCollector>};

}  // namespace caretaker
