// SPDX-License-Identifier: MIT
#include <array>
#include <string_view>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    gauge("uptime_seconds", "seconds",
          "Time since boot, with suspends, untouched by clock steps (/proc/uptime)."),
};

class UptimeCollector final : public Collector {
 public:
  explicit UptimeCollector(const CollectorContext& context)
      : file_(context.paths.proc("uptime")), series_(context.series.make(metrics[0])) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    std::string_view line;
    if (!lines.next(line)) return lines.result(false);
    const auto seconds = parse_number<double>(take_word(line));
    if (seconds && *seconds >= 0) {
      out.add(series_, *seconds);
    } else {
      lines.reject();
    }
    return lines.result(true);
  }

 private:
  PolledFile file_;
  SeriesRef series_;
};

}  // namespace

extern const CollectorInfo uptime_collector = {.name = "uptime",
                                               .job = "self",
                                               .help = "Time since boot (/proc/uptime).",
                                               .metrics = metrics,
                                               .create = create_collector<UptimeCollector>};

}  // namespace caretaker
