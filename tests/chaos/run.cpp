// SPDX-License-Identifier: MIT
#include "chaos/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>

#include "chaos/faults.h"
#include "chaos/oracle.h"
#include "chaos/stand.h"

namespace caretaker::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t faults_remembered = 30;
constexpr int pause_ms_max = 500;
constexpr seconds progress_limit{5};

class Run {
 public:
  explicit Run(const Options& options) : options_(options), random_(options.seed), stand_(options.engine) {
    for (const Fault& fault : faults()) {
      if (options.only.empty() || std::ranges::find(options.only, fault.name) != options.only.end()) {
        chosen_.push_back(fault);
      }
    }
  }

  Figures run();

 private:
  [[nodiscard]] bool over() const {
    const bool enough = options_.faults_max > 0 && struck_ >= options_.faults_max;
    return enough || Clock::now() >= began_ + options_.time;
  }
  void episode();
  void strike(const Fault& fault);
  void settle();
  void wait_until_delivered();
  void check(bool all);
  void maybe_go_back_in_time();

  const Options& options_;
  Random random_;
  Stand stand_;
  Oracle oracle_{stand_};
  std::vector<Fault> chosen_;
  Clock::time_point began_ = Clock::now();
  int struck_ = 0;
  std::deque<std::string> last_;
  Figures figures_;
};

Figures Run::run() {
  figures_.server = fmt::format("{} {}", name_of(options_.engine), stand_.server.value("SELECT VERSION()"));
  try {
    stand_.start_daemon();
    settle();  // the tables are there from here on
    while (!over()) {
      episode();
      check(over());
      if (over()) break;
      maybe_go_back_in_time();
      stand_.start_daemon();
    }
  } catch (const std::exception& failure) {
    throw Failure(fmt::format("{}\nlast faults:\n  {}\nfiles: {} and {}, copies of the store in {}",
                              failure.what(), fmt::join(last_, "\n  "), stand_.daemon.path(),
                              stand_.server.socket(), stand_.room.path()));
  }
  figures_.time = std::chrono::duration_cast<seconds>(Clock::now() - began_);
  figures_.samples = oracle_.samples();
  figures_.forgotten = oracle_.forgotten();
  figures_.daemon_starts = stand_.daemon_starts();
  figures_.server_starts = stand_.server_starts();
  return figures_;
}

void Run::episode() {
  for (int i = 0; i < options_.episode_faults && !over(); ++i)
    strike(chosen_.at(random_.below(chosen_.size())));
  settle();
}

void Run::strike(const Fault& fault) {
  // Half of the time into a delivery that works again, else into whatever there is.
  if (random_.coin() || !options_.only.empty()) {
    const std::int64_t before = stand_.delivered_seq();
    (void)stand_.watch(progress_limit, [&] { return stand_.delivered_seq() > before; });
  }
  Stand::pause(milliseconds(random_.between(0, pause_ms_max)));
  stand_.expect_daemon();
  last_.push_back(
      fmt::format("{:.1f} s: {}", std::chrono::duration<double>(Clock::now() - began_).count(), fault.name));
  if (last_.size() > faults_remembered) last_.pop_front();
  fault.strike(stand_, random_);
  ++struck_;
  ++figures_.faults[std::string(fault.name)];
}

void Run::settle() {
  if (!stand_.lift()) ++figures_.back_offs_cut;
  const auto lifted = Clock::now();
  wait_until_delivered();
  figures_.recovery_max =
      std::max(figures_.recovery_max, std::chrono::duration_cast<milliseconds>(Clock::now() - lifted));
  stand_.restore_deleted_rows();
  wait_until_delivered();
}

// What is committed locally at the time of the call.
void Run::wait_until_delivered() {
  const std::int64_t until = stand_.stored_seq();
  const auto all_is_delivered = [&] { return stand_.delivered_seq() >= until && stand_.periods_delivered(); };
  if (stand_.watch(recovery_limit, all_is_delivered)) return;
  throw Failure(fmt::format("{} of {} batches are delivered {} s after the last fault: {}",
                            stand_.delivered_seq(), until, recovery_limit.count(),
                            stand_.daemon.ctl({"status"}).standard_output));
}

void Run::check(bool all) {
  stand_.stop_daemon();
  const auto differences = oracle_.check(all);
  if (!differences.empty()) throw Failure(fmt::format("{}", fmt::join(differences, "\n")));
  ++figures_.checks;
  fmt::print("{:>4} faults, {} samples: right\n", struck_, oracle_.samples());
  std::fflush(stdout);
}

void Run::maybe_go_back_in_time() {
  if (!has_snapshot(stand_) || !random_.coin()) return;
  oracle_.forget_what_is_not_in(snapshot_file(stand_));
  restore_snapshot(stand_);
  stand_.begin_history();
  ++figures_.faults["snapshot-restored"];
  last_.emplace_back("snapshot-restored");
}

}  // namespace

Figures run(const Options& options) {
  auto run = std::make_unique<Run>(options);
  try {
    return run->run();
  } catch (...) {
    (void)run.release();  // its files are looked at
    throw;
  }
}

}  // namespace caretaker::chaos
