// SPDX-License-Identifier: MIT
// bench_make_store HOURS STORE: a store that ends now and looks as if the daemon had run for so long at an
// interval of 1 s. A minute of real batches is repeated, each tick with its own time.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/parse.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t seconds_per_hour = 3'600;
constexpr std::size_t recorded_ticks = 60;
constexpr std::int64_t hours_max = 168;
constexpr std::chrono::seconds stop_deadline{60};

using TickBatches = std::vector<SampleBatch>;

std::vector<TickBatches> record(const HostIdentity& host) {
  std::vector<TickBatches> ticks;
  SamplingJobs jobs(host, current_tick_ms(),
                    [&ticks](const SampleBatch& batch) { ticks.back().push_back(batch); });
  while (ticks.size() < recorded_ticks) {
    ticks.emplace_back();
    (void)jobs.run_tick();
  }
  ticks.erase(ticks.begin());  // without rates
  return ticks;
}

void append_at(LocalStore& store, const SampleBatch& recorded, std::int64_t time_ms, SampleBatch& buffer) {
  buffer.start(recorded.collector(), {.time_ms = time_ms});
  for (const Sample& sample : recorded.samples()) {
    std::visit([&](const auto value) { buffer.add(sample.series, value); }, sample.value);
  }
  store.append(buffer);
}

void make_store(std::int64_t hours, const std::string& path) {
  const HostIdentity host = read_host_identity({});
  const std::vector<TickBatches> recorded = record(host);
  auto started = LocalStore::start({.path = path}, host, {});
  if (!started) throw std::runtime_error(started.error().message);
  LocalStore& store = **started;
  const std::int64_t end_ms = current_tick_ms();
  SampleBatch buffer;
  for (std::int64_t left = hours * seconds_per_hour; left > 0; --left) {
    const TickBatches& tick = recorded[static_cast<std::size_t>(left) % recorded.size()];
    for (const SampleBatch& batch : tick) append_at(store, batch, end_ms - left * ms_per_s, buffer);
    wait_for_room(store);
  }
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
  const StoreStatus status = store.status();
  if (!status.counters.dropped.empty()) throw std::runtime_error("the store dropped samples");
  fmt::print("store_samples {}\n", status.counters.collected);
}

int run(int argc, char** argv) {
  const auto hours = argc == 3 ? parse_number<std::int64_t>(argv[1]) : std::nullopt;
  if (!hours || *hours < 1 || *hours > hours_max) {
    fmt::print(stderr, "usage: bench_make_store HOURS STORE (1 to {} hours)\n", hours_max);
    return 2;
  }
  make_store(*hours, argv[2]);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  try {
    return caretaker::bench::run(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "bench_make_store: {}\n", exception.what());
    return 1;
  }
}
