// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/collector.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace caretaker {

inline const std::filesystem::path fixtures =
    std::filesystem::path(CARETAKER_SOURCE_DIR) / "tests/collectors/fixtures";

// A made-up host in a temporary folder for collectors to run on, with a clock that only the test moves.
class CollectorHost {
 public:
  CollectorHost() {
    paths.procfs = root.path("proc");
    paths.sysfs = root.path("sys");
    paths.rootfs = root.path("root");
  }

  // Lays a fixture's tree over what is there.
  void copy(const std::filesystem::path& tree) const {
    for (const char* folder : {"proc", "sys", "root"}) {
      if (!std::filesystem::exists(tree / folder)) continue;
      std::filesystem::copy(
          tree / folder, root.path(folder),
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    }
  }

  void create(std::string_view name) {
    info = find_collector(name);
    collector = info->create({.paths = paths,
                              .series = series,
                              .config = config,
                              .clock = clock,
                              .self_stats = self_stats,
                              .statvfs_helper_command = statvfs_helper_command,
                              .filesystem_space = filesystem_space});
  }

  // One tick, a second after the last.
  Result<Outcome> collect() {
    clock.advance(std::chrono::seconds(1));
    tick.time_ms += ms_per_s;
    tick.monotonic_ns = clock.now().monotonic_ns;
    batch.start(info->name, tick);
    return collector->collect(batch);
  }

  // The value of a series of the last tick, with its labels as JSON; nothing when it is absent.
  [[nodiscard]] std::optional<double> value(std::string_view metric, std::string_view labels = "{}") const {
    for (const Sample& sample : batch.samples()) {
      if (sample.series->metric == metric && sample.series->labels == labels) return to_double(sample.value);
    }
    return std::nullopt;
  }

  static Result<FilesystemSpace> ten_gigabytes(const std::string& /*path*/) {
    return FilesystemSpace{.size_bytes = 10'000'000'000,
                           .free_bytes = 4'000'000'000,
                           .avail_bytes = 3'000'000'000,
                           .files = 655'360,
                           .files_free = 600'000};
  }

  TempDir root;
  HostPaths paths;
  SeriesFactory series{1};
  Config config;
  FakeClock clock;
  std::function<SelfStats()> self_stats;
  std::vector<std::string> statvfs_helper_command;
  FilesystemSpaceReader filesystem_space = ten_gigabytes;
  Tick tick;
  SampleBatch batch;
  const CollectorInfo* info = nullptr;
  std::unique_ptr<Collector> collector;
};

}  // namespace caretaker
