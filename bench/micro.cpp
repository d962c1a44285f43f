// SPDX-License-Identifier: MIT
// bench_micro [GOOGLE BENCHMARK OPTION...] [SOCKET]: single steps, with Google Benchmark. SOCKET is that of a
// running daemon, for the steps that ask it. Prints "micro_WHAT:GROUP:STEP VALUE" lines, one per repetition:
// `us` and `cpu_us` are the time of a run and the CPU time of its thread, what else there is comes from the
// step.
#include "bench/micro.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/program.h"
#include "daemon/daemon.h"

namespace caretaker::bench {
namespace {

void load_sample_config(benchmark::State& state) {
  const Options options{.config_file = CARETAKER_SOURCE_DIR "/config/config.ini", .config_file_given = true};
  measure_step(state, [&] {
    auto loaded = load_daemon_config(options);
    benchmark::DoNotOptimize(loaded);
  });
}

void plan_default_jobs(benchmark::State& state) {
  const Config config;
  measure_step(state, [&] {
    auto jobs = plan_jobs(config);
    benchmark::DoNotOptimize(jobs);
  });
}

// Prints measurements as bench/run takes them.
class RecordReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const std::string& name = run.run_name.function_name;
      if (run.error_occurred) throw std::runtime_error(name + ": " + run.error_message);
      if (run.run_type == Run::RT_Iteration) print(run, key_of(name));
    }
    std::fflush(stdout);
  }

 private:
  // "collect cpu" -> "collect:cpu", "step load config" -> "step:load_config"
  static std::string key_of(std::string name) {
    std::ranges::replace(name, ' ', '_');
    name[std::min(name.find('_'), name.size() - 1)] = ':';
    return name;
  }

  static void print(const Run& run, const std::string& key) {
    const double cpu_us = run.GetAdjustedCPUTime();
    fmt::print("micro_us:{} {:.4f}\nmicro_cpu_us:{} {:.4f}\n", key, run.GetAdjustedRealTime(), key, cpu_us);
    for (const auto& [what, value] : run.counters) fmt::print("micro_{}:{} {:.4f}\n", what, key, value.value);
    // Of one repetition, so that both sides of the ratio were measured right after each other.
    if (const auto floor = run.counters.find("floor_us"); floor != run.counters.end()) {
      fmt::print("micro_ratio:{} {:.4f}\n", key, cpu_us / floor->second.value);
    }
    if (const auto samples = run.counters.find("samples"); samples != run.counters.end()) {
      fmt::print("micro_ns_per_sample:{} {:.4f}\n", key, cpu_us * 1e3 / samples->second.value);
    }
    if (const auto bytes = run.counters.find("bytes"); bytes != run.counters.end()) {
      fmt::print("micro_mb_per_s:{} {:.4f}\n", key, bytes->second.value / cpu_us);
    }
  }
};

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
    fmt::print(stderr, "usage: bench_micro [GOOGLE BENCHMARK OPTION...] [SOCKET OF A DAEMON]\n");
    return 2;
  }
  register_collectors();
  register_parsers();
  register_store_steps();
  benchmark::RegisterBenchmark("step load config/config.ini", load_sample_config)
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("step plan the jobs", plan_default_jobs)->Unit(benchmark::kMicrosecond);
  register_control_steps(argc == 2 ? argv[1] : "");
  RecordReporter reporter;
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) throw std::runtime_error("nothing was measured");
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_micro", caretaker::bench::run, argc, argv);
}
