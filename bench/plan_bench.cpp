// SPDX-License-Identifier: MIT
// bench_plan: one plan of cleanup on a large engine, with Google Benchmark. The counter `peak_MiB` is the
// most heap memory that a plan holds at once, its result included.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "bench/made_up_engine.h"

namespace {

// The benchmark has one thread.
std::size_t live_bytes = 0;
std::size_t peak_bytes = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  live_bytes += ::malloc_usable_size(memory);
  peak_bytes = std::max(peak_bytes, live_bytes);
  return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) live_bytes -= ::malloc_usable_size(memory);
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  operator delete(memory);
}

namespace caretaker::bench {
namespace {

void plan_images(benchmark::State& state) {
  const MadeUpEngine engine(static_cast<std::size_t>(state.range(0)),
                            static_cast<std::size_t>(state.range(1)));
  const std::size_t before = live_bytes;
  peak_bytes = live_bytes;
  std::size_t actions = 0;
  for (auto step : state) {
    const Plan plan = engine.plan();
    actions = plan.actions.size();
  }
  state.counters["peak_MiB"] = static_cast<double>(peak_bytes - before) / (1 << 20);
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
