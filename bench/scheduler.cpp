// SPDX-License-Identifier: MIT
// bench_scheduler JOBS SECONDS: the real scheduler and event loop with jobs that do nothing, all at an
// interval of 1 s. Prints "KEY VALUE" lines: how late the runs began after their scheduled moment, and the
// CPU time of the process per run.
#include "daemon/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/identity.h"
#include "base/parse.h"
#include "bench/process_usage.h"
#include "bench/program.h"

namespace caretaker::bench {
namespace {

constexpr std::size_t jobs_max = 10'000;
constexpr std::int64_t warm_up_s = 2;
constexpr std::chrono::seconds stop_deadline{10};

using Lateness = std::vector<std::int64_t>;  // nanoseconds, of one job

// Notes when it was called. Each job writes to a list of its own.
class NotingWork final : public JobWork {
 public:
  explicit NotingWork(Lateness& lateness) : lateness_(lateness) {}
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token&) override {
    lateness_.push_back(SystemClock().now().monotonic_ns - tick.monotonic_ns);
    return {};
  }

 private:
  Lateness& lateness_;
};

std::vector<JobSpec> specs_of(std::size_t jobs) {
  std::vector<JobSpec> specs;
  for (std::size_t i = 0; i < jobs; ++i) {
    specs.push_back({.name = fmt::format("job-{:05}", i),
                     .interval = milliseconds(1'000),
                     .timeout = milliseconds(10'000),
                     .settings = CommandJobConfig{}});
  }
  return specs;
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// Turns the loop for so long.
void run_for(EventLoop& loop, std::int64_t seconds) {
  auto timer = value_or_throw(loop.add_timer([&loop] { loop.quit(); }));
  EventLoop::arm_timer(*timer, SystemClock().now().monotonic_ns + seconds * ns_per_s);
  if (const auto ran = loop.run(); !ran) throw std::runtime_error(ran.error().message);
}

void print_lateness(const std::vector<Lateness>& all) {
  std::vector<std::int64_t> sorted;
  for (const Lateness& lateness : all) sorted.insert(sorted.end(), lateness.begin(), lateness.end());
  if (sorted.empty()) throw std::runtime_error("no job ran");
  std::ranges::sort(sorted);
  const auto percentile = [&](std::size_t percent) {
    return static_cast<double>(sorted[(sorted.size() - 1) * percent / 100]) / static_cast<double>(ns_per_ms);
  };
  fmt::print("scheduler_p50_ms {:.4f}\nscheduler_p99_ms {:.4f}\nscheduler_max_ms {:.4f}\n", percentile(50),
             percentile(99), percentile(100));
}

void measure(std::size_t jobs, std::int64_t seconds) {
  block_signals({SIGPIPE});
  std::vector<Lateness> lateness(jobs);
  for (Lateness& list : lateness) list.reserve(static_cast<std::size_t>(seconds + warm_up_s) + 2);
  const SystemClock clock;
  auto loop =
      value_or_throw(EventLoop::create([](const Error& error) { throw std::runtime_error(error.message); }));
  std::size_t next = 0;
  const auto make_factory = [&](const JobSpec&) -> JobWorkFactory {
    return [&list = lateness.at(next++)] { return std::make_unique<NotingWork>(list); };
  };
  auto scheduler = value_or_throw(Scheduler::create(*loop, clock, {.host_id = read_host_identity({}).id},
                                                    {.make_factory = make_factory,
                                                     .on_event = [](const Event&) {},
                                                     .on_backward_step = [](std::int64_t) {},
                                                     .on_run_finished = [](const std::string&) {}}));
  value_or_throw(scheduler->apply(specs_of(jobs)));
  run_for(*loop, warm_up_s);
  for (Lateness& list : lateness) list.clear();
  const std::int64_t begin_ns = process_cpu_ns();
  run_for(*loop, seconds);
  const std::int64_t spent_ns = process_cpu_ns() - begin_ns;
  std::uint64_t missed = 0;
  for (const JobStatus& job : scheduler->status()) missed += job.missed;
  if (!scheduler->stop_all(stop_deadline).empty()) throw std::runtime_error("jobs did not stop");
  std::size_t runs = 0;
  for (const Lateness& list : lateness) runs += list.size();
  print_lateness(lateness);
  fmt::print("scheduler_runs {}\nscheduler_missed {}\nscheduler_dispatch_us {:.3f}\n", runs, missed,
             static_cast<double>(spent_ns) / static_cast<double>(ns_per_us) / static_cast<double>(runs));
}

int run(int argc, char** argv) {
  const auto jobs = argc == 3 ? parse_number<std::size_t>(argv[1]) : std::nullopt;
  const auto seconds = argc == 3 ? parse_number<std::int64_t>(argv[2]) : std::nullopt;
  if (!jobs || *jobs == 0 || *jobs > jobs_max || !seconds || *seconds < 1) {
    fmt::print(stderr, "usage: bench_scheduler JOBS SECONDS (at most {} jobs)\n", jobs_max);
    return 2;
  }
  measure(*jobs, *seconds);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_scheduler", caretaker::bench::run, argc, argv);
}
