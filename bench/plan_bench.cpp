// SPDX-License-Identifier: MIT
// bench_plan: one plan of cleanup on a large engine, with Google Benchmark. The counter `peak_MiB` is the
// most heap memory that a plan holds at once, its result included.
#include <benchmark/benchmark.h>

#include "bench/allocations.h"
#include "bench/made_up_engine.h"

namespace caretaker::bench {
namespace {

void plan_images(benchmark::State& state) {
  const MadeUpEngine engine(static_cast<std::size_t>(state.range(0)),
                            static_cast<std::size_t>(state.range(1)));
  std::size_t actions = 0;
  for (auto step : state) {
    const Plan plan = engine.plan();
    actions = plan.actions.size();
  }
  const HeapWatch watch;
  (void)engine.plan();
  state.counters["peak_MiB"] = static_cast<double>(watch.peak_bytes()) / (1 << 20);
  state.counters["actions"] = static_cast<double>(actions);
}
BENCHMARK(plan_images)
    ->Args({100, 20})
    ->Args({1'000, 200})
    ->Args({10'000, 2'000})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace caretaker::bench

BENCHMARK_MAIN();
