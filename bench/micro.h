// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/allocations.h"

// The steps of bench_micro. A name begins with the group in whose table the step is: "collect", "fixture",
// "parse", "step" or "ask".
namespace caretaker::bench {

void register_collectors();
void register_parsers();
void register_store_steps();
// `socket` is that of a daemon that runs; empty: only the round trip to a server of our own.
void register_control_steps(const std::string& socket);

inline constexpr int counted_runs = 50;

// Runs `step` as often as Google Benchmark wants it, and then some times more, for its heap allocations.
template <class Step>
void measure_step(benchmark::State& state, const Step& step) {
  for (auto each : state) step();
  const HeapWatch watch;
  for (int run = 0; run < counted_runs; ++run) step();
  state.counters["allocations"] = static_cast<double>(watch.allocations()) / counted_runs;
}

}  // namespace caretaker::bench
