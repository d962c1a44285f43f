// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/keyed_states.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

constexpr std::array metrics = {
    counter("vmstat_<key>", "", "The event counter of the same name of /proc/vmstat, since boot."),
};

// What is measured of the about 190 keys: paging, swapping, faults and OOM kills, as in the node exporter,
// and what shows memory pressure building up. The nr_* page counts are in /proc/meminfo already.
constexpr std::array<std::string_view, 13> measured_keys = {"allocstall_movable",
                                                            "allocstall_normal",
                                                            "compact_stall",
                                                            "oom_kill",
                                                            "pgfault",
                                                            "pgmajfault",
                                                            "pgpg*",
                                                            "pgscan_direct",
                                                            "pgscan_kswapd",
                                                            "pgsteal_direct",
                                                            "pgsteal_kswapd",
                                                            "pswp*",
                                                            "workingset_refault_*"};

bool is_measured(std::string_view key) {
  return std::ranges::any_of(measured_keys, [key](std::string_view pattern) {
    return pattern.ends_with('*') ? key.starts_with(pattern.substr(0, pattern.size() - 1)) : key == pattern;
  });
}

class VmstatCollector final : public Collector {
 public:
  explicit VmstatCollector(const CollectorContext& context)
      : series_(context.series), file_(context.paths.proc("vmstat")) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    keys_.begin_pass();
    bool found = false;
    std::string_view line;
    while (lines.next(line)) {
      const std::string_view key = take_word(line);
      const SeriesRef* series = keys_.find_or_add(key, [&] { return make_series(key); });
      if (series != nullptr && *series == nullptr) continue;
      const auto number = take_number(line);
      if (series == nullptr || !number) {
        lines.reject();
        continue;
      }
      out.add(*series, *number);
      found = true;
    }
    keys_.end_pass();
    return lines.result(found);
  }

 private:
  // Null for a key that is not measured: remembered as well, so that the list is searched once per key.
  [[nodiscard]] SeriesRef make_series(std::string_view key) const {
    if (!is_measured(key) || !is_metric_name(key)) return nullptr;
    return series_.make_named("vmstat_" + std::string(key), metrics[0]);
  }

  const SeriesFactory& series_;
  PolledFile file_;
  KeyedStates<SeriesRef> keys_;
};

}  // namespace

extern const CollectorInfo vmstat_collector = {
    .name = "vmstat",
    .job = "memory",
    .help = "Paging, swapping, faults, reclaim and OOM kills (/proc/vmstat).",
    .metrics = metrics,
    .create = create_collector<VmstatCollector>};

}  // namespace caretaker
