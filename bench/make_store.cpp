// SPDX-License-Identifier: MIT
// bench_make_store HOURS INTERVAL STORE [paced|retention]: a store that ends now and looks as if the daemon
// had run for so long at an interval of that many seconds. A minute of real batches is repeated, each tick
// with its own time; `paced` records it in real time. Nothing is too old for the store, but with `retention`:
// then the defaults decide.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/parse.h"
#include "bench/kept_store.h"
#include "bench/program.h"
#include "bench/recorded_ticks.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t seconds_per_hour = 3'600;
constexpr std::int64_t hours_max = 2'400;
constexpr std::int64_t interval_s_max = 60;
constexpr std::chrono::seconds stop_deadline{60};
// A commit removes 20,000 rows at most, and makes no more than that between two of these.
constexpr std::int64_t ticks_per_commit = 60;
constexpr std::chrono::seconds commit_deadline{60};

struct Wanted {
  std::int64_t hours = 0;
  std::int64_t interval_s = 0;
  bool paced = false;
  bool retention = false;
};

// Without pacing the values are those of a minute at 1 s, so that counters grow at every interval.
RecordedTicks record(const Wanted& wanted, const HostIdentity& host) {
  return {host, std::chrono::seconds(wanted.paced ? wanted.interval_s : 1), wanted.paced};
}

void append_ticks(const Wanted& wanted, const RecordedTicks& recorded, LocalStore& store) {
  const std::int64_t interval_ms = wanted.interval_s * ms_per_s;
  const std::int64_t ticks = wanted.hours * seconds_per_hour / wanted.interval_s;
  const std::int64_t end_ms = current_tick_ms() / interval_ms * interval_ms;
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    recorded.play(static_cast<std::size_t>(tick), end_ms - (ticks - tick) * interval_ms,
                  [&store](const SampleBatch& batch) { store.append(batch); });
    wait_for_room(store);
    if (wanted.retention && tick % ticks_per_commit == 0 && !store.flush(commit_deadline)) {
      throw std::runtime_error("the store does not commit");
    }
  }
}

void make_store(const Wanted& wanted, const std::string& path) {
  const HostIdentity host = read_host_identity({});
  const RecordedTicks recorded = record(wanted, host);
  const auto opened =
      open_store(wanted.retention ? LocalStoreOptions{.path = path} : keep_everything(path), host);
  LocalStore& store = *opened;
  append_ticks(wanted, recorded, store);
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
  const StoreCounters counters = store.status().counters;
  if (!counters.dropped.empty()) throw std::runtime_error("the store dropped samples");
  if (!wanted.retention && counters.expired > 0) throw std::runtime_error("retention has removed samples");
  fmt::print("samples {}\nsamples_kept {}\nbytes_per_sample {:.4f}\n", counters.collected, counters.pending,
             static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(counters.collected));
}

int run(int argc, char** argv) {
  const auto hours = argc > 3 ? parse_number<std::int64_t>(argv[1]) : std::nullopt;
  const auto interval_s = argc > 3 ? parse_number<std::int64_t>(argv[2]) : std::nullopt;
  const std::string_view how = argc == 5 ? argv[4] : "";
  if (!hours || *hours < 1 || *hours > hours_max || !interval_s || *interval_s < 1 ||
      *interval_s > interval_s_max || argc > 5 || (argc == 5 && how != "paced" && how != "retention")) {
    fmt::print(stderr,
               "usage: bench_make_store HOURS INTERVAL STORE [paced|retention] (1 to {} hours, 1 to {} s)\n",
               hours_max, interval_s_max);
    return 2;
  }
  make_store(
      {.hours = *hours, .interval_s = *interval_s, .paced = how == "paced", .retention = how == "retention"},
      argv[3]);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_make_store", caretaker::bench::run, argc, argv);
}
