// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/host_paths.h"
#include "base/result.h"
#include "base/sample.h"
#include "collectors/self_stats.h"
#include "config/config.h"

namespace caretaker {

// no_data: this kernel or host lacks the source (no PSI, no disks); not an error.
enum class Outcome : std::uint8_t { ok, no_data };

// One source of metrics: kernel files in, samples out. Created, used and destroyed on its job's thread.
// collect() is called once per tick. It must not log, sleep, fork or touch anything that can hang, and should
// not allocate in the steady state. Samples that were added before an error are kept.
class Collector {
 public:
  Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  virtual ~Collector() = default;
  [[nodiscard]] virtual Result<Outcome> collect(SampleBatch& out) = 0;
};

// What a collector may use. Everything outlives the collector.
struct CollectorContext {
  const HostPaths& paths;
  const SeriesFactory& series;
  const Config& config;
  const Clock& clock;
  // The daemon's own state for the `self` collector; empty with --once.
  const std::function<SelfStats()>& self_stats;
};

// One line of the registry.
struct CollectorInfo {
  std::string_view name;  // also the `collector` column and the [collector.NAME] section
  std::string_view job;   // the default job that runs it, see docs/architecture.md
  std::string_view help;  // one sentence with the kernel source
  std::span<const MetricInfo> metrics;
  std::unique_ptr<Collector> (*create)(const CollectorContext&);
};

// All collectors, sorted by name (collectors/registry.cpp).
[[nodiscard]] std::span<const CollectorInfo> collector_registry();
[[nodiscard]] const CollectorInfo* find_collector(std::string_view name);

}  // namespace caretaker
