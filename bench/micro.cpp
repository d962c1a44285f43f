// SPDX-License-Identifier: MIT
// bench_micro: single steps on this machine's own kernel files, with Google Benchmark. The counter `samples`
// is what one step yields.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "bench/micro_control.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "collectors/collector.h"
#include "daemon/daemon.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

void collect(benchmark::State& state, const CollectorInfo* info) {
  const SystemClock clock;
  const HostPaths paths;
  const SeriesFactory series(read_host_identity(paths).id);
  const Config config;
  const std::function<SelfStats()> self_stats = [] { return SelfStats{}; };
  const std::vector<std::string> no_helper;
  const auto collector = info->create({.paths = paths,
                                       .series = series,
                                       .config = config,
                                       .clock = clock,
                                       .self_stats = self_stats,
                                       .statvfs_helper_command = no_helper});
  SampleBatch batch;
  for (auto step : state) {
    batch.start(info->name, {});
    auto outcome = collector->collect(batch);
    benchmark::DoNotOptimize(outcome);
  }
  state.counters["samples"] = static_cast<double>(batch.samples().size());
}

// One tick's batches into the queue: what a job's thread pays, not the store thread.
void append_tick(benchmark::State& state) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("caretaker-micro-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const HostIdentity host = read_host_identity({});
  auto store = LocalStore::start({.path = folder / "metrics.db"}, host, {});
  if (!store) throw std::runtime_error(store.error().message);
  std::vector<SampleBatch> tick;
  SamplingJobs jobs(host, current_tick_ms(), [&tick](const SampleBatch& batch) { tick.push_back(batch); });
  (void)jobs.run_tick();
  std::size_t samples = 0;
  for (const SampleBatch& batch : tick) samples += batch.samples().size();
  for (auto step : state) {
    for (const SampleBatch& batch : tick) (*store)->append(batch);
    if (has_room(**store)) continue;
    state.PauseTiming();
    wait_for_room(**store);
    state.ResumeTiming();
  }
  state.counters["samples"] = static_cast<double>(samples);
  (void)(*store)->stop(std::chrono::seconds(30));
  store->reset();
  std::filesystem::remove_all(folder);
}

void load_sample_config(benchmark::State& state) {
  const Options options{.config_file = CARETAKER_SOURCE_DIR "/config/config.ini", .config_file_given = true};
  for (auto step : state) {
    auto loaded = load_daemon_config(options);
    benchmark::DoNotOptimize(loaded);
  }
}

void plan_default_jobs(benchmark::State& state) {
  const Config config;
  for (auto step : state) {
    auto jobs = plan_jobs(config);
    benchmark::DoNotOptimize(jobs);
  }
}

void register_all() {
  for (const CollectorInfo& info : collector_registry()) {
    benchmark::RegisterBenchmark(("collect " + std::string(info.name)).c_str(), collect, &info)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::RegisterBenchmark("append one tick to the queue", append_tick)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("load config/config.ini", load_sample_config)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("plan the jobs", plan_default_jobs)->Unit(benchmark::kMicrosecond);
}

}  // namespace

}  // namespace caretaker::bench

int main(int argc, char** argv) {
  caretaker::bench::register_all();
  caretaker::bench::register_control_benchmark();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
