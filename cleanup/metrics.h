// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/cleanup_record.h"
#include "base/sample.h"
#include "cleanup/desk.h"

namespace caretaker {

inline constexpr std::string_view cleanup_collector = "cleanup";  // of the batches

// All metrics of cleanup.
[[nodiscard]] std::span<const MetricInfo> cleanup_metrics();

// Counts what the passes did and makes the samples of each tick. One thread. Counters begin at 0 with the
// job.
class CleanupMetrics {
 public:
  explicit CleanupMetrics(SeriesFactory series) : series_(series) {}

  void planned(const CleanupReport& report);  // every pass
  void ran(const CleanupReport& report);      // those that were recorded
  // `reached`: the engine answered.
  void add_samples(SampleBatch& batch, bool reached, std::uint64_t event_gaps);

 private:
  SeriesRef& series(std::size_t metric, std::string_view label = {}, std::string_view value = {},
                    std::string_view label2 = {}, std::string_view value2 = {});

  SeriesFactory series_;
  std::map<std::string, SeriesRef> made_;  // by metric and label values
  std::map<std::pair<std::string, std::string>, std::uint64_t>
      objects_;                                                        // by kind and reason, of the last plan
  std::map<std::string, std::uint64_t> reclaimable_bytes_;             // by kind, of the last plan
  std::map<std::string, std::uint64_t> removed_;                       // by kind
  std::map<std::pair<std::string, std::string>, std::uint64_t> runs_;  // by trigger and outcome
  std::uint64_t reclaimed_bytes_ = 0;
  std::uint64_t freed_bytes_ = 0;
  std::int64_t last_run_ms_ = 0;
};

}  // namespace caretaker
