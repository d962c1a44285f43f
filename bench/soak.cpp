// SPDX-License-Identifier: MIT
// bench_soak TICKS RECORDED WORK: so many seconds of the daemon's work, all collectors and the local store
// with a commit per tick, without waiting for the seconds to pass. RECORDED is bench/guard, WORK an empty
// folder. Prints "KEY VALUE" lines about this process's memory. Retention removes samples, minutes and hours
// well before the second half, which is what counts.
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/parse.h"
#include "bench/memory_growth.h"
#include "bench/process_usage.h"
#include "bench/program.h"
#include "bench/recorded_host.h"
#include "bench/sampling_jobs.h"
#include "bench/store_stats.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t ticks_per_minute = 60;
constexpr std::int64_t ticks_min = 4 * ticks_per_minute;
constexpr double bytes_per_kb = 1e3;
constexpr std::chrono::seconds commit_deadline{30};
constexpr std::chrono::seconds stop_deadline{30};

// Everything is kept for parts of the whole, each of them less than a half. The store goes by the real time.
LocalStoreOptions options_at(const std::string& path, std::int64_t tick, std::int64_t ticks) {
  const std::chrono::milliseconds ahead = std::chrono::seconds(ticks - tick);
  const std::chrono::seconds whole(ticks);
  return {.path = path,
          .retention = ahead + whole / 4,
          .retention_1m = ahead + whole / 3,
          .retention_1h = ahead + whole * 2 / 5};
}

std::vector<double> soak(std::int64_t ticks, const fs::path& recorded, const fs::path& work) {
  RecordedHost files(recorded, work);
  const HostIdentity host{.id = 4'711, .name = "soaked", .machine_id = std::string(32, 'a'), .boot_id = "b"};
  const std::string path = work / "metrics.db";
  auto started = LocalStore::start(options_at(path, 0, ticks), host, {});
  if (!started) throw std::runtime_error(started.error().message);
  LocalStore& store = **started;
  SamplingJobs jobs(
      host, current_tick_ms() - ticks * ms_per_s, [&store](const SampleBatch& batch) { store.append(batch); },
      [&store](SelfStats& stats) { add_store_stats(store, stats); }, files.paths());
  // Made and touched before: it must not be what grows.
  std::vector<double> memory(static_cast<std::size_t>(ticks / ticks_per_minute));
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    files.set_second(static_cast<std::uint64_t>(tick));
    if (!jobs.run_tick()) throw std::runtime_error("a collector failed");
    if (!store.flush(commit_deadline)) throw std::runtime_error("a tick could not be committed");
    if ((tick + 1) % ticks_per_minute != 0) continue;
    store.reconfigure(options_at(path, tick, ticks));
    const std::uint64_t bytes = anonymous_bytes();
    if (bytes == 0) throw std::runtime_error("this kernel does not tell how much memory is anonymous");
    memory[static_cast<std::size_t>(tick / ticks_per_minute)] = static_cast<double>(bytes);
  }
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
  const StoreCounters counters = store.status().counters;
  if (!counters.dropped.empty()) throw std::runtime_error("the store dropped samples");
  if (counters.expired == 0) throw std::runtime_error("retention had nothing to do");
  return memory;
}

int run(int argc, char** argv) {
  const auto ticks = argc == 4 ? parse_number<std::int64_t>(argv[1]) : std::nullopt;
  if (!ticks || *ticks < ticks_min) {
    fmt::print(stderr, "usage: bench_soak TICKS RECORDED WORK (at least {} ticks)\n", ticks_min);
    return 2;
  }
  const std::vector<double> memory = soak(*ticks, argv[2], argv[3]);
  fmt::print("soak_growth_kb_per_h {:.3f}\n", growth_per_hour(memory) / bytes_per_kb);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_soak", caretaker::bench::run, argc, argv);
}
