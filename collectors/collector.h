// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/filesystem_space.h"
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
  // argv of the helper process that measures network mounts, see base/mount_probe.h; empty: none are
  // measured.
  const std::vector<std::string>& statvfs_helper_command;
  FilesystemSpaceReader filesystem_space = read_filesystem_space;
};

// The lines of a collector's metric table; a plain count has an empty unit.
[[nodiscard]] constexpr MetricInfo gauge(std::string_view name, std::string_view unit,
                                         std::string_view help) {
  return {.name = name, .unit = unit, .help = help, .type = MetricType::gauge};
}
[[nodiscard]] constexpr MetricInfo counter(std::string_view name, std::string_view unit,
                                           std::string_view help) {
  return {.name = name, .unit = unit, .help = help, .type = MetricType::counter};
}

// One line of the registry.
struct CollectorInfo {
  std::string_view name;  // also the `collector` column and the [collector.NAME] section
  std::string_view job;   // the default job that runs it, see docs/architecture.md
  std::string_view help;  // one sentence with the kernel source
  std::span<const MetricInfo> metrics;
  std::unique_ptr<Collector> (*create)(const CollectorContext&);
  bool has_rates = false;  // the first read gives no rates: --once reads such a collector twice
};

// For CollectorInfo::create: makes a T from the context.
template <class T>
std::unique_ptr<Collector> create_collector(const CollectorContext& context) {
  return std::make_unique<T>(context);
}

// All collectors, sorted by name (collectors/registry.cpp).
[[nodiscard]] std::span<const CollectorInfo> collector_registry();
[[nodiscard]] const CollectorInfo* find_collector(std::string_view name);

}  // namespace caretaker
