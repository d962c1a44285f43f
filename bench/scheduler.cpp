// SPDX-License-Identifier: MIT
// bench_scheduler JOBS SECONDS [floor]: the real scheduler and event loop with jobs that do nothing, all at
// an interval of 1 s; with `floor` as many bare threads that sleep until the same moments. Prints "KEY VALUE"
// lines: how late the runs began after their scheduled moment, and what the process took.
#include "daemon/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/identity.h"
#include "base/parse.h"
#include "base/thread.h"
#include "bench/process_usage.h"
#include "bench/program.h"

namespace caretaker::bench {
namespace {

constexpr std::size_t jobs_max = 10'000;
constexpr std::int64_t warm_up_ns = 3 * ns_per_s / 2;
constexpr std::int64_t late_runs_ns = ns_per_s / 2;  // so long the last runs are waited for
constexpr std::chrono::seconds stop_deadline{10};
constexpr double bytes_per_mb = 1e6;

// Upper bounds of the histogram in milliseconds; what is above the last is a bucket too.
constexpr std::array<std::string_view, 8> bounds_ms = {"0.1", "0.2", "0.5", "1", "2", "5", "10", "100"};

std::int64_t monotonic_ns() {
  return SystemClock().now().monotonic_ns;
}

// The runs that count are those that were scheduled in it.
struct Window {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

// How late the runs of one job began, in nanoseconds. Its thread writes it and nobody else, until it has
// ended.
class Lateness {
 public:
  explicit Lateness(const Window& window) : window_(window) {
    runs_.reserve(static_cast<std::size_t>((window.end_ns - window.begin_ns) / ns_per_s) + 2);
  }
  void note(std::int64_t scheduled_ns) {
    if (scheduled_ns < window_.begin_ns || scheduled_ns >= window_.end_ns) return;
    runs_.push_back(monotonic_ns() - scheduled_ns);
  }
  [[nodiscard]] const std::vector<std::int64_t>& runs() const { return runs_; }

 private:
  Window window_;
  std::vector<std::int64_t> runs_;
};

void print_lateness(const std::vector<std::int64_t>& sorted) {
  const auto percentile = [&](std::size_t percent) {
    return static_cast<double>(sorted[(sorted.size() - 1) * percent / 100]) / static_cast<double>(ns_per_ms);
  };
  fmt::print("p50_ms {:.4f}\np99_ms {:.4f}\nmax_ms {:.4f}\n", percentile(50), percentile(99),
             percentile(100));
  auto from = sorted.begin();
  const auto print_bucket = [&](std::string_view name, auto to) {
    fmt::print("late_{} {}\n", name, to - from);
    from = to;
  };
  for (const std::string_view bound : bounds_ms) {
    const double bound_ns = *parse_number<double>(bound) * static_cast<double>(ns_per_ms);
    print_bucket(bound, std::upper_bound(from, sorted.end(), static_cast<std::int64_t>(bound_ns)));
  }
  print_bucket("more", sorted.end());
}

void print_runs(const std::vector<Lateness>& all, std::int64_t spent_ns) {
  std::vector<std::int64_t> runs;
  for (const Lateness& of_job : all) runs.insert(runs.end(), of_job.runs().begin(), of_job.runs().end());
  if (runs.empty()) throw std::runtime_error("no job ran");
  std::ranges::sort(runs);
  print_lateness(runs);
  fmt::print(
      "runs {}\nrun_us {:.4f}\n", runs.size(),
      static_cast<double>(spent_ns) / static_cast<double>(ns_per_us) / static_cast<double>(runs.size()));
}

// What the process takes from the beginning of the window to its end.
class Meter {
 public:
  void begin() { begin_ns_ = process_cpu_ns(); }
  void end() {
    spent_ns_ = process_cpu_ns() - begin_ns_;
    threads_ = thread_count();
    rss_bytes_ = rss_bytes();
  }
  void print() const {
    fmt::print("threads {}\nrss_mb {:.4f}\n", threads_, static_cast<double>(rss_bytes_) / bytes_per_mb);
  }
  [[nodiscard]] std::int64_t spent_ns() const { return spent_ns_; }

 private:
  std::int64_t begin_ns_ = 0;
  std::int64_t spent_ns_ = 0;
  std::uint64_t threads_ = 0;
  std::uint64_t rss_bytes_ = 0;
};

std::string name_of(std::size_t job) {
  return fmt::format("job-{:05}", job);
}

class NotingWork final : public JobWork {
 public:
  explicit NotingWork(Lateness& lateness) : lateness_(lateness) {}
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token&) override {
    lateness_.note(tick.monotonic_ns);
    return {};
  }

 private:
  Lateness& lateness_;
};

std::vector<JobSpec> specs_of(std::size_t jobs) {
  std::vector<JobSpec> specs;
  for (std::size_t i = 0; i < jobs; ++i) {
    specs.push_back({.name = name_of(i),
                     .interval = milliseconds(1'000),
                     .timeout = milliseconds(10'000),
                     .settings = CommandJobConfig{}});
  }
  return specs;
}

void turn_until(EventLoop& loop, std::int64_t moment_ns) {
  auto timer = value_or_throw(loop.add_timer([&loop] { loop.quit(); }));
  EventLoop::arm_timer(*timer, moment_ns);
  value_or_throw(loop.run());
}

void measure_scheduler(std::size_t jobs, const Window& window) {
  std::vector<Lateness> lateness(jobs, Lateness(window));
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
  (void)value_or_throw(scheduler->apply(specs_of(jobs)));
  Meter meter;
  turn_until(*loop, window.begin_ns);
  meter.begin();
  turn_until(*loop, window.end_ns);
  meter.end();
  turn_until(*loop, window.end_ns + late_runs_ns);
  std::uint64_t missed = 0;
  for (const JobStatus& job : scheduler->status()) missed += job.missed;
  if (!scheduler->stop_all(stop_deadline).empty()) throw std::runtime_error("jobs did not stop");
  print_runs(lateness, meter.spent_ns());
  meter.print();
  fmt::print("missed {}\n", missed);
}

void sleep_until(std::int64_t moment_ns) {
  const timespec moment{.tv_sec = moment_ns / ns_per_s, .tv_nsec = moment_ns % ns_per_s};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nullptr) == EINTR) {
  }
}

// What a job costs at least: its thread wakes up at its moment of every second.
void sleep_and_note(Lateness& lateness, std::int64_t first_ns, std::int64_t end_ns) {
  for (std::int64_t moment_ns = first_ns; moment_ns < end_ns; moment_ns += ns_per_s) {
    sleep_until(moment_ns);
    lateness.note(moment_ns);
  }
}

void measure_floor(std::size_t jobs, const Window& window) {
  std::vector<Lateness> lateness(jobs, Lateness(window));
  std::vector<Thread> threads;
  const std::int64_t begin_ns = window.begin_ns / ns_per_s * ns_per_s;
  for (std::size_t i = 0; i < jobs; ++i) {
    const std::int64_t first_ns = begin_ns + Timetable::phase_of(hash64({name_of(i)})) + ns_per_ms / 2;
    threads.push_back(value_or_throw(Thread::start(name_of(i), [&list = lateness[i], first_ns, &window] {
      sleep_and_note(list, first_ns, window.end_ns + ns_per_s);
    })));
  }
  Meter meter;
  sleep_until(window.begin_ns);
  meter.begin();
  sleep_until(window.end_ns);
  meter.end();
  for (Thread& thread : threads) thread.join();
  print_runs(lateness, meter.spent_ns());
  meter.print();
}

int run(int argc, char** argv) {
  const auto jobs = argc > 2 ? parse_number<std::size_t>(argv[1]) : std::nullopt;
  const auto seconds = argc > 2 ? parse_number<std::int64_t>(argv[2]) : std::nullopt;
  const bool floor = argc == 4 && std::string_view(argv[3]) == "floor";
  if (!jobs || *jobs == 0 || *jobs > jobs_max || !seconds || *seconds < 1 || (argc != 3 && !floor)) {
    fmt::print(stderr, "usage: bench_scheduler JOBS SECONDS [floor] (at most {} jobs)\n", jobs_max);
    return 2;
  }
  block_signals({SIGPIPE});
  const std::int64_t begin_ns = monotonic_ns() + warm_up_ns;
  const Window window{.begin_ns = begin_ns, .end_ns = begin_ns + *seconds * ns_per_s};
  floor ? measure_floor(*jobs, window) : measure_scheduler(*jobs, window);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_scheduler", caretaker::bench::run, argc, argv);
}
