// SPDX-License-Identifier: MIT
// bench_make_store HOURS INTERVAL STORE [paced]: a store that ends now and looks as if the daemon had run for
// so long at an interval of that many seconds. A minute of real batches is repeated, each tick with its own
// time; `paced` records it in real time.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/parse.h"
#include "bench/program.h"
#include "bench/recorded_ticks.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t seconds_per_hour = 3'600;
constexpr std::int64_t hours_max = 168;
constexpr std::int64_t interval_s_max = 60;
constexpr std::chrono::seconds stop_deadline{60};

struct Wanted {
  std::int64_t hours = 0;
  std::int64_t interval_s = 0;
  bool paced = false;
};

void make_store(const Wanted& wanted, const std::string& path) {
  const HostIdentity host = read_host_identity({});
  const RecordedTicks recorded(host, std::chrono::seconds(wanted.interval_s), wanted.paced);
  auto started = LocalStore::start({.path = path}, host, {});
  if (!started) throw std::runtime_error(started.error().message);
  LocalStore& store = **started;
  const std::int64_t interval_ms = wanted.interval_s * ms_per_s;
  const std::int64_t ticks = wanted.hours * seconds_per_hour / wanted.interval_s;
  const std::int64_t end_ms = current_tick_ms() / interval_ms * interval_ms;
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    recorded.play(static_cast<std::size_t>(tick), end_ms - (ticks - tick) * interval_ms,
                  [&store](const SampleBatch& batch) { store.append(batch); });
    wait_for_room(store);
  }
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
  const StoreCounters counters = store.status().counters;
  if (!counters.dropped.empty()) throw std::runtime_error("the store dropped samples");
  fmt::print("samples {}\nbytes_per_sample {:.4f}\n", counters.collected,
             static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(counters.collected));
}

int run(int argc, char** argv) {
  const auto hours = argc > 3 ? parse_number<std::int64_t>(argv[1]) : std::nullopt;
  const auto interval_s = argc > 3 ? parse_number<std::int64_t>(argv[2]) : std::nullopt;
  const bool paced = argc == 5 && std::string_view(argv[4]) == "paced";
  if (!hours || *hours < 1 || *hours > hours_max || !interval_s || *interval_s < 1 ||
      *interval_s > interval_s_max || argc > 5 || (argc == 5 && !paced)) {
    fmt::print(stderr, "usage: bench_make_store HOURS INTERVAL STORE [paced] (1 to {} hours, 1 to {} s)\n",
               hours_max, interval_s_max);
    return 2;
  }
  make_store({.hours = *hours, .interval_s = *interval_s, .paced = paced}, argv[3]);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_make_store", caretaker::bench::run, argc, argv);
}
