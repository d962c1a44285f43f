// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/host_paths.h"
#include "base/sample.h"
#include "collectors/collector.h"
#include "collectors/self_stats.h"
#include "daemon/job.h"
#include "daemon/job_spec.h"

namespace caretaker {

// What sampling jobs share. Outlives every job's thread; all of it is thread safe.
struct SamplingContext {
  HostPaths paths;
  SeriesFactory series;
  const Clock& clock;
  std::function<SelfStats()> self_stats;
  std::vector<std::string> statvfs_helper_command;
  // Takes each finished batch, on the job's thread.
  std::function<void(const SampleBatch&)> on_batch;
};

// The helper process for network mounts is this program with one argument (base/mount_probe.h).
inline constexpr std::string_view statvfs_helper_argument = "--statvfs-helper";
[[nodiscard]] std::vector<std::string> statvfs_helper_command();

// Runs one or more collectors in one wake-up. A collector that fails does not stop the others; what it added
// before it failed is kept.
class SamplingJob final : public JobWork {
 public:
  SamplingJob(SamplingSettings settings, const SamplingContext& context);
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token& stop) override;

 private:
  struct Member {
    std::string_view name;
    std::unique_ptr<Collector> collector;
    SampleBatch batch;
  };

  SamplingSettings settings_;
  const SamplingContext& context_;
  std::vector<Member> members_;
};

}  // namespace caretaker
