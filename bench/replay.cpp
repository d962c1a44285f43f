// SPDX-License-Identifier: MIT
// bench_replay TICKS PACED_TICKS STORE: all collectors on this machine's kernel files and the local store,
// one thread each: tick after tick without pacing, and PACED_TICKS of them with a second for each. Prints
// "KEY VALUE" lines; CPU times are microseconds per sample.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/parse.h"
#include "bench/kernel_files.h"
#include "bench/process_usage.h"
#include "bench/program.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "bench/store_stats.h"
#include "daemon/job.h"
#include "daemon/job_thread.h"
#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t warm_up_ticks = 60;
constexpr std::int64_t ticks_min = 120;
constexpr std::int64_t paced_ticks_min = 5;
constexpr std::chrono::seconds paced_interval{1};
constexpr std::chrono::seconds stop_deadline{30};

double microseconds_each(std::int64_t ns, std::uint64_t count) {
  return static_cast<double>(ns) / static_cast<double>(ns_per_us) / static_cast<double>(count);
}

void print(std::string_view prefix, std::string_view key, double value) {
  fmt::print("{}_{} {:.4f}\n", prefix, key, value);
}

// CPU time of reading the files once, the mean of so many times with a pause after each.
double read_floor_us(const std::vector<std::string>& files, std::int64_t ticks, std::chrono::seconds pause) {
  BareReads reads(files);
  const std::int64_t begin_ns = thread_cpu_ns();
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    (void)reads.run();
    std::this_thread::sleep_for(pause);
  }
  return microseconds_each(thread_cpu_ns() - begin_ns, static_cast<std::uint64_t>(ticks));
}

class BareReadJob final : public JobWork {
 public:
  explicit BareReadJob(const std::vector<std::string>& files) : reads_(files) {}
  RunReport run(const Tick&, const std::stop_token&) override {
    (void)reads_.run();
    return {};
  }

 private:
  BareReads reads_;
};

// CPU time of the whole process for the same reads, dealt out to so many of the daemon's job threads, which
// this thread wakes once in an interval.
double woken_read_floor_us(const std::vector<std::string>& files, std::size_t threads, std::int64_t ticks) {
  std::vector<std::vector<std::string>> parts(threads);
  for (std::size_t i = 0; i < files.size(); ++i) parts[i % threads].push_back(files[i]);
  std::vector<std::unique_ptr<JobThread>> jobs;
  for (const auto& part : parts) {
    const auto factory = [part] { return std::make_unique<BareReadJob>(part); };
    jobs.push_back(value_or_throw(JobThread::start("reads", factory, [](const FinishedRun&) {})));
  }
  const std::int64_t begin_ns = process_cpu_ns();
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    for (const auto& job : jobs) job->fire({}, false);
    std::this_thread::sleep_for(paced_interval);
  }
  return microseconds_each(process_cpu_ns() - begin_ns, static_cast<std::uint64_t>(ticks));
}

// Collectors alone, then the bare reads of the same files.
void replay_collectors(const HostIdentity& host, std::int64_t ticks, std::int64_t paced_ticks) {
  std::uint64_t samples = 0;
  SamplingJobs jobs(host, current_tick_ms(),
                    [&](const SampleBatch& batch) { samples += batch.samples().size(); });
  for (std::int64_t tick = 0; tick < warm_up_ticks; ++tick) (void)jobs.run_tick();
  samples = 0;
  const std::int64_t begin_ns = thread_cpu_ns();
  for (std::int64_t tick = 0; tick < ticks; ++tick) (void)jobs.run_tick();
  const std::int64_t spent_ns = thread_cpu_ns() - begin_ns;
  const std::vector<std::string> files = open_kernel_files();
  const double samples_per_tick = static_cast<double>(samples) / static_cast<double>(ticks);
  print("tick", "samples", samples_per_tick);
  print("tick", "kernel_files", static_cast<double>(files.size()));
  print("collect", "us", microseconds_each(spent_ns, samples));
  print("floor", "us", read_floor_us(files, ticks, {}) / samples_per_tick);
  print("floor", "paced_us", read_floor_us(files, paced_ticks, paced_interval) / samples_per_tick);
  print("floor", "woken_us", woken_read_floor_us(files, jobs.count(), paced_ticks) / samples_per_tick);
}

// How the store is kept up with.
struct Pace {
  std::string_view key;
  std::chrono::milliseconds commit_interval;
  void (*after_tick)(const LocalStore&);
};

void wait_until_committed(const LocalStore& store) {
  while (store.status().queue_samples > 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

constexpr Pace unpaced{
    .key = "replay", .commit_interval = std::chrono::seconds(1), .after_tick = wait_for_room};
// As the daemon commits at an interval of 1 s, without the waiting.
constexpr Pace commit_per_tick{.key = "replay_commits",
                               .commit_interval = std::chrono::milliseconds(1),
                               .after_tick = wait_until_committed};

void wait_an_interval(const LocalStore&) {
  std::this_thread::sleep_for(paced_interval);
}

// As the daemon works at an interval of 1 s, but for its scheduler and a thread for each job.
constexpr Pace paced{
    .key = "replay_paced", .commit_interval = paced_interval, .after_tick = wait_an_interval};

struct Spent {
  std::int64_t process_ns = 0;
  std::int64_t job_ns = 0;  // the thread that stands for all jobs
};

Spent operator-(const Spent& a, const Spent& b) {
  return {.process_ns = a.process_ns - b.process_ns, .job_ns = a.job_ns - b.job_ns};
}

Spent spent_so_far() {
  return {.process_ns = process_cpu_ns(), .job_ns = thread_cpu_ns()};
}

void print_spent(const Pace& pace, const Spent& spent, std::uint64_t samples) {
  print(pace.key, "us", microseconds_each(spent.process_ns, samples));
  print(pace.key, "job_us", microseconds_each(spent.job_ns, samples));
  print(pace.key, "store_us", microseconds_each(spent.process_ns - spent.job_ns, samples));
}

// Collectors and store together, as the daemon runs them.
void replay_all(const HostIdentity& host, std::int64_t ticks, const std::string& path, const Pace& pace) {
  auto started = LocalStore::start({.path = path, .commit_interval = pace.commit_interval}, host, {});
  if (!started) throw std::runtime_error(started.error().message);
  LocalStore& store = **started;
  std::uint64_t samples = 0;
  const auto append = [&](const SampleBatch& batch) {
    samples += batch.samples().size();
    store.append(batch);
  };
  SamplingJobs jobs(host, current_tick_ms() - (ticks + warm_up_ticks) * ms_per_s, append,
                    [&store](SelfStats& stats) { add_store_stats(store, stats); });
  for (std::int64_t tick = 0; tick < warm_up_ticks; ++tick) (void)jobs.run_tick();
  wait_until_committed(store);
  samples = 0;
  const Spent begin = spent_so_far();
  for (std::int64_t tick = 0; tick < ticks; ++tick) {
    (void)jobs.run_tick();
    pace.after_tick(store);
  }
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
  print_spent(pace, spent_so_far() - begin, samples);
  const StoreCounters counters = store.status().counters;
  if (!counters.dropped.empty()) throw std::runtime_error("the store dropped samples");
  print(pace.key, "bytes_per_sample",
        static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(counters.collected));
}

int run(int argc, char** argv) {
  const auto ticks = argc == 4 ? parse_number<std::int64_t>(argv[1]) : std::nullopt;
  const auto paced_ticks = argc == 4 ? parse_number<std::int64_t>(argv[2]) : std::nullopt;
  if (!ticks || *ticks < ticks_min || !paced_ticks || *paced_ticks < paced_ticks_min) {
    fmt::print(stderr, "usage: bench_replay TICKS PACED_TICKS STORE (at least {} and {} ticks)\n", ticks_min,
               paced_ticks_min);
    return 2;
  }
  const std::string path = argv[3];
  const HostIdentity host = read_host_identity({});
  replay_collectors(host, *ticks, *paced_ticks);
  replay_all(host, *ticks, path + ".unpaced", unpaced);
  replay_all(host, *ticks, path + ".commits", commit_per_tick);
  replay_all(host, *paced_ticks, path + ".paced", paced);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_replay", caretaker::bench::run, argc, argv);
}
