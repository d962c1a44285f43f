// SPDX-License-Identifier: MIT
// bench_fleet PORT DATABASE AGENTS SECONDS CONNECTIONS paced|unpaced [FILL_MB]: so many simulated agents with
// the default series of this machine every 10 s and a flush_interval of 60 s deliver to one server, at their
// own pace or as fast as possible. A first minute, without pacing a first quarter, does not count. With
// FILL_MB the server has that much of their samples before. Prints "KEY VALUE" lines.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/parse.h"
#include "bench/fleet_agent.h"
#include "bench/fleet_fill.h"
#include "bench/mysql_target.h"
#include "bench/program.h"
#include "bench/sampling_jobs.h"

namespace caretaker::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int warm_up_part = 4;  // of the duration, without pacing
constexpr std::chrono::seconds retry_after{1};
constexpr std::int64_t ticks_per_flush = fleet_flush_interval / fleet_interval;

struct Options {
  MysqlConfig target;
  std::size_t agents = 0;
  std::chrono::seconds duration{0};
  std::size_t connections = 0;
  bool paced = false;
  std::uint64_t fill_mb = 0;
};

struct Figures {
  std::uint64_t rows = 0;
  std::vector<double> flush_ms;
  std::vector<double> late_s;
};

// The agents by the moment of their next flush, and threads that take the earliest one. A thread has at most
// one connection.
class Fleet {
 public:
  Fleet(const Options& options, const RecordedTicks& recorded)
      : options_(options), recorded_(recorded), begin_ms_(current_tick_ms() / minute * minute) {
    for (std::size_t number = 0; number < options.agents; ++number) agents_.emplace_back(number);
  }

  void run();
  void print();

 private:
  struct Due {
    Clock::time_point at;     // when to try
    Clock::time_point since;  // when it should have been: earlier than `at` after an error
    FleetAgent* agent;
    bool operator>(const Due& other) const { return at > other.at; }
  };

  static constexpr std::int64_t minute = 60 * ms_per_s;

  void work();
  bool take(Due& due);
  void put(Due due);
  void flush(Due due, FleetBatches& made, Figures& figures);
  [[nodiscard]] std::int64_t ticks_until(Clock::time_point now, const FleetAgent& agent) const;
  void note_error(const Error& error);

  const Options& options_;
  const RecordedTicks& recorded_;
  const std::int64_t begin_ms_;  // time of the first tick, a full minute
  std::vector<FleetAgent> agents_;
  Clock::time_point begin_;
  Clock::time_point counted_from_;
  Clock::time_point end_;

  std::mutex mutex_;  // all below
  std::condition_variable due_changed_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Figures figures_;
  std::uint64_t errors_ = 0;
  std::string first_error_;
  std::size_t connections_ = 0;
  std::size_t connections_max_ = 0;
};

void Fleet::run() {
  begin_ = Clock::now();
  const auto warm_up = options_.paced ? fleet_flush_interval : options_.duration / warm_up_part;
  counted_from_ = begin_ + warm_up;
  end_ = counted_from_ + options_.duration;
  for (FleetAgent& agent : agents_) {
    const auto at =
        begin_ + std::chrono::duration_cast<Clock::duration>(fleet_flush_interval * agent.moment());
    due_.push({.at = at, .since = at, .agent = &agent});
  }
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < options_.connections; ++i) threads.emplace_back([this] { work(); });
}

void Fleet::work() {
  FleetBatches made(recorded_);
  Figures figures;
  for (Due due{}; take(due);) flush(due, made, figures);
  const std::lock_guard lock(mutex_);
  figures_.rows += figures.rows;
  figures_.flush_ms.insert(figures_.flush_ms.end(), figures.flush_ms.begin(), figures.flush_ms.end());
  figures_.late_s.insert(figures_.late_s.end(), figures.late_s.begin(), figures.late_s.end());
}

// Waits for the earliest one. False: the end.
bool Fleet::take(Due& due) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = Clock::now();
    if (now >= end_) return false;
    if (!due_.empty() && (!options_.paced || due_.top().at <= now)) break;
    due_changed_.wait_until(lock, due_.empty() ? end_ : std::min(end_, due_.top().at));
  }
  due = due_.top();
  due_.pop();
  connections_max_ = std::max(connections_max_, ++connections_);
  return true;
}

void Fleet::put(Due due) {
  const std::lock_guard lock(mutex_);
  --connections_;
  due_.push(due);
  due_changed_.notify_one();
}

// The ticks that there are by now; without pacing a minute of them.
std::int64_t Fleet::ticks_until(Clock::time_point now, const FleetAgent& agent) const {
  if (!options_.paced) return agent.next_tick() + ticks_per_flush;
  return ticks_per_flush + (now - begin_) / fleet_interval;
}

void Fleet::flush(Due due, FleetBatches& made, Figures& figures) {
  const auto began = Clock::now();
  const auto rows = due.agent->flush(options_.target, made, begin_ms_, ticks_until(began, *due.agent));
  const auto now = Clock::now();
  if (!rows) {
    note_error(rows.error());
    put({.at = now + retry_after, .since = due.since, .agent = due.agent});
    return;
  }
  if (now >= counted_from_) {
    figures.rows += *rows;
    figures.flush_ms.push_back(1e3 * Seconds(now - began).count());
  }
  if (due.since >= counted_from_) figures.late_s.push_back(Seconds(now - due.since).count());
  // Moments that have passed are skipped: what came up in them is delivered.
  auto next = due.since + fleet_flush_interval;
  while (next <= now && options_.paced) next += fleet_flush_interval;
  put({.at = next, .since = next, .agent = due.agent});
}

void Fleet::note_error(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (errors_++ == 0) first_error_ = error.message;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

// At the end, or earlier where something was due before and still is not delivered.
void Fleet::print() {
  if (options_.paced) {
    for (; !due_.empty(); due_.pop()) {
      if (due_.top().since < end_ && due_.top().since >= counted_from_) {
        figures_.late_s.push_back(Seconds(end_ - due_.top().since).count());
      }
    }
  }
  std::uint64_t retries = 0;
  for (const FleetAgent& agent : agents_) retries += agent.retries();
  if (!first_error_.empty()) fmt::print(stderr, "first error: {}\n", first_error_);
  fmt::print("agents {}\nflushes {}\nerrors {}\nretries {}\nconnections_max {}\n", options_.agents,
             figures_.flush_ms.size(), errors_, retries, connections_max_);
  fmt::print("agent_rows_per_s {:.2f}\n",
             static_cast<double>(recorded_.samples(0)) / Seconds(fleet_interval).count());
  fmt::print("rows_per_s {:.1f}\n", static_cast<double>(figures_.rows) / Seconds(options_.duration).count());
  for (const auto& [name, part] : {std::pair("p50", 0.5), std::pair("p99", 0.99), std::pair("max", 1.0)}) {
    fmt::print("flush_{}_ms {:.3f}\n", name, percentile(figures_.flush_ms, part));
    if (options_.paced) fmt::print("late_{}_s {:.4f}\n", name, percentile(figures_.late_s, part));
  }
}

void simulate(const Options& options) {
  const RecordedTicks recorded(read_host_identity({}), fleet_interval, false);
  fill(options.target, options.agents, options.fill_mb, recorded);
  Fleet fleet(options, recorded);
  fleet.run();
  fleet.print();
}

std::optional<Options> parse(int argc, char** argv) {
  if (argc < 7 || argc > 8) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(argv[1]);
  const auto agents = parse_number<std::size_t>(argv[3]);
  const auto seconds = parse_number<std::int64_t>(argv[4]);
  const auto connections = parse_number<std::size_t>(argv[5]);
  const std::string_view pace = argv[6];
  const auto fill_mb = argc == 8 ? parse_number<std::uint64_t>(argv[7]) : 0;
  if (!port || !agents || !seconds || !connections || !fill_mb) return std::nullopt;
  if (*agents == 0 || *seconds < 1 || *connections == 0) return std::nullopt;
  if (pace != "paced" && pace != "unpaced") return std::nullopt;
  Options options{.target = target_config(*port, argv[2]),
                  .agents = *agents,
                  .duration = std::chrono::seconds(*seconds),
                  .connections = *connections,
                  .paced = pace == "paced",
                  .fill_mb = *fill_mb};
  options.target.flush_interval = fleet_flush_interval;
  return options;
}

int run(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    fmt::print(stderr,
               "usage: bench_fleet PORT DATABASE AGENTS SECONDS CONNECTIONS paced|unpaced [FILL_MB]\n");
    return 2;
  }
  simulate(*options);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_fleet", caretaker::bench::run, argc, argv);
}
