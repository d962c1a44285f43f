// SPDX-License-Identifier: MIT
#include "cleanup/metrics.h"

#include <array>
#include <initializer_list>
#include <vector>

#include "base/clock.h"
#include "collectors/collector.h"

namespace caretaker {
namespace {

enum Metric : std::size_t {
  engine_up,
  event_gaps_total,
  objects,
  reclaimable_bytes,
  removed_total,
  runs_total,
  reclaimed_bytes_total,
  freed_bytes_total,
  last_run_timestamp,
};

constexpr std::array infos = {
    gauge("cleanup_engine_up", "", "1 while the container engine answers."),
    counter("cleanup_event_gaps_total", "",
            "How often uses may have been missed, because the engine's event stream was not read."),
    gauge("cleanup_objects", "", "Objects of each kind by the reason why they stay or go, in the last plan."),
    gauge("cleanup_reclaimable_bytes", "bytes",
          "What the last plan's deletions are certain to free, by kind."),
    counter("cleanup_removed_total", "", "Objects removed, by kind."),
    counter("cleanup_runs_total", "", "Cleanup runs by what began them and how they ended."),
    counter("cleanup_reclaimed_bytes_total", "bytes",
            "What was reclaimed by the engine's own word, which it gives for build cache only."),
    counter("cleanup_freed_bytes_total", "bytes",
            "How much more was available on the images' file system after the runs than before (statvfs)."),
    gauge("cleanup_last_run_timestamp_seconds", "seconds",
          "When the last cleanup run ended, in seconds since 1970."),
};

}  // namespace

std::span<const MetricInfo> cleanup_metrics() {
  return infos;
}

void CleanupMetrics::planned(const CleanupReport& report) {
  for (auto& [key, count] : objects_) count = 0;  // a reason that is gone is 0, not unknown
  for (auto& [kind, bytes] : reclaimable_bytes_) bytes = 0;
  for (const Verdict& verdict : report.plan.verdicts) {
    ++objects_[{std::string(to_string(verdict.kind)), std::string(to_string(verdict.reason))}];
  }
  for (const PlannedAction& action : report.plan.actions) {
    const Verdict& verdict = report.plan.verdicts[action.verdict];
    reclaimable_bytes_[std::string(to_string(verdict.kind))] += verdict.bytes_min;
  }
}

void CleanupMetrics::ran(const CleanupReport& report) {
  const CleanupRun& run = report.run;
  ++runs_[{run.trigger, run.outcome}];
  last_run_ms_ = run.ended_ms;
  if (report.outcomes.empty()) return;
  reclaimed_bytes_ += run.reported_bytes;
  if (run.avail_bytes_after > run.avail_bytes_before)
    freed_bytes_ += run.avail_bytes_after - run.avail_bytes_before;
  for (std::size_t index = 0; index < report.outcomes.size(); ++index) {
    if (report.outcomes[index].state != ActionState::removed) continue;
    const Verdict& verdict = report.plan.verdicts[report.plan.actions[index].verdict];
    ++removed_[std::string(to_string(verdict.kind))];
  }
}

SeriesRef& CleanupMetrics::series(std::size_t metric, std::string_view label, std::string_view value,
                                  std::string_view label2, std::string_view value2) {
  std::string key = std::to_string(metric);
  key.append(1, ' ').append(value).append(1, ' ').append(value2);
  SeriesRef& made = made_[key];
  if (made) return made;
  if (label.empty()) {
    made = series_.make(infos[metric]);
  } else if (label2.empty()) {
    made = series_.make(infos[metric], {{label, value}});
  } else {
    made = series_.make(infos[metric], {{label, value}, {label2, value2}});
  }
  return made;
}

void CleanupMetrics::add_samples(SampleBatch& batch, bool reached, std::uint64_t event_gaps) {
  batch.add(series(engine_up), std::uint64_t{reached});
  batch.add(series(event_gaps_total), event_gaps);
  for (const auto& [key, count] : objects_) {
    batch.add(series(objects, "kind", key.first, "reason", key.second), count);
  }
  for (const auto& [kind, bytes] : reclaimable_bytes_)
    batch.add(series(reclaimable_bytes, "kind", kind), bytes);
  for (const auto& [kind, count] : removed_) batch.add(series(removed_total, "kind", kind), count);
  for (const auto& [key, count] : runs_) {
    batch.add(series(runs_total, "trigger", key.first, "outcome", key.second), count);
  }
  batch.add(series(reclaimed_bytes_total), reclaimed_bytes_);
  batch.add(series(freed_bytes_total), freed_bytes_);
  if (last_run_ms_ != 0) {
    batch.add(series(last_run_timestamp), static_cast<double>(last_run_ms_) / static_cast<double>(ms_per_s));
  }
}

}  // namespace caretaker
