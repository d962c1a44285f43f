// SPDX-License-Identifier: MIT
#include <array>
#include <string>
#include <string_view>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/keyed_states.h"
#include "collectors/meminfo.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    gauge("memory_<Key>_bytes", "bytes", "The field of the same name of /proc/meminfo, in bytes."),
    gauge("memory_<Key>", "", "The field of the same name of /proc/meminfo, a count."),
};

// `Active(anon)` -> `memory_Active_anon_bytes`
std::string metric_name(const MeminfoLine& line) {
  std::string name = "memory_";
  for (const char c : line.key) {
    if (c == '(') {
      name += '_';
    } else if (c != ')') {
      name += c;
    }
  }
  if (line.bytes) name += "_bytes";
  return name;
}

class MemoryCollector final : public Collector {
 public:
  explicit MemoryCollector(const CollectorContext& context)
      : series_(context.series), file_(context.paths.proc("meminfo")) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    keys_.begin_pass();
    std::string_view line;
    while (lines.next(line)) {
      if (!add_line(line, out)) lines.reject();
    }
    keys_.end_pass();
    return lines.result(keys_.size() > 0);
  }

 private:
  bool add_line(std::string_view text, SampleBatch& out) {
    const auto line = parse_meminfo_line(text);
    if (!line) return false;
    const MetricInfo& info = line->bytes ? metrics[0] : metrics[1];
    const SeriesRef* series =
        keys_.find_or_add(line->key, [&] { return series_.make_named(metric_name(*line), info); });
    if (series == nullptr) return false;
    out.add(*series, line->value);
    return true;
  }

  const SeriesFactory& series_;
  PolledFile file_;
  KeyedStates<SeriesRef> keys_;
};

}  // namespace

extern const CollectorInfo memory_collector = {.name = "memory",
                                               .job = "memory",
                                               .help = "Every field of /proc/meminfo.",
                                               .metrics = metrics,
                                               .create = create_collector<MemoryCollector>};

}  // namespace caretaker
