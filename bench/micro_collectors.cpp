// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/kernel_files.h"
#include "bench/micro.h"
#include "bench/process_usage.h"
#include "collectors/collector.h"
#include "daemon/job_spec.h"

namespace caretaker::bench {
namespace {

// What the daemon tells its `self` collector.
SelfStats stats_of_default_jobs() {
  SelfStats stats;
  for (const JobSpec& job : plan_jobs(Config{})) stats.jobs.push_back({.name = job.name});
  return stats;
}

Result<FilesystemSpace> some_space(const std::string& /*path*/) {
  return FilesystemSpace{.size_bytes = 1'000'000, .free_bytes = 500'000, .avail_bytes = 400'000};
}

// One collector with all that it borrows.
class Subject {
 public:
  Subject(const CollectorInfo& info, HostPaths paths, FilesystemSpaceReader space)
      : paths_(std::move(paths)), info_(info) {
    collector_ = info.create({.paths = paths_,
                              .series = series_,
                              .config = config_,
                              .clock = clock_,
                              .self_stats = self_stats_,
                              .statvfs_helper_command = no_helper_,
                              .filesystem_space = std::move(space)});
    run();  // opens its files and makes its series
    run();  // has the baselines of rates
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  void run() {
    batch_.start(info_.name, {});
    auto outcome = collector_->collect(batch_);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    benchmark::DoNotOptimize(outcome);
  }

  [[nodiscard]] std::size_t samples() const { return batch_.samples().size(); }

 private:
  HostPaths paths_;
  const CollectorInfo& info_;
  SeriesFactory series_{1};
  Config config_;
  SystemClock clock_;
  SelfStats stats_ = stats_of_default_jobs();
  std::function<SelfStats()> self_stats_ = [this] { return stats_; };
  std::vector<std::string> no_helper_;
  std::unique_ptr<Collector> collector_;
  SampleBatch batch_;
};

void measure_collector(benchmark::State& state, Subject& subject) {
  measure_step(state, [&subject] { subject.run(); });
  const std::uint64_t read_before = bytes_read_so_far();
  for (int run = 0; run < counted_runs; ++run) subject.run();
  state.counters["bytes"] = static_cast<double>(bytes_read_so_far() - read_before) / counted_runs;
  state.counters["samples"] = static_cast<double>(subject.samples());
}

// CPU time of one run of the bare reads, right after the collector and as often as it.
double floor_us(const std::vector<std::string>& files, benchmark::IterationCount runs) {
  BareReads reads(files);
  const std::int64_t begin_ns = thread_cpu_ns();
  for (benchmark::IterationCount run = 0; run < runs; ++run) benchmark::DoNotOptimize(reads.run());
  return static_cast<double>(thread_cpu_ns() - begin_ns) / static_cast<double>(ns_per_us) /
         static_cast<double>(runs);
}

void collect_here(benchmark::State& state, const CollectorInfo* info) {
  const std::vector<std::string> before = open_kernel_files();
  Subject subject(*info, {}, read_filesystem_space);
  measure_collector(state, subject);
  std::vector<std::string> kept_open;
  std::ranges::set_difference(open_kernel_files(), before, std::back_inserter(kept_open));
  state.counters["files"] = static_cast<double>(kept_open.size());
  if (!kept_open.empty()) state.counters["floor_us"] = floor_us(kept_open, state.iterations());
}

void collect_fixture(benchmark::State& state, const CollectorInfo* info) {
  const auto tree = std::filesystem::path(CARETAKER_SOURCE_DIR) / "tests/collectors/fixtures" / info->name;
  Subject subject(*info, {.procfs = tree / "proc", .sysfs = tree / "sys", .rootfs = tree / "root"},
                  some_space);
  measure_collector(state, subject);
}

}  // namespace

void register_collectors() {
  for (const CollectorInfo& info : collector_registry()) {
    benchmark::RegisterBenchmark(("collect " + std::string(info.name)).c_str(), collect_here, &info)
        ->Unit(benchmark::kMicrosecond);
  }
  for (const CollectorInfo& info : collector_registry()) {
    benchmark::RegisterBenchmark(("fixture " + std::string(info.name)).c_str(), collect_fixture, &info)
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace caretaker::bench
