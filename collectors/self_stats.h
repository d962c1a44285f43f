// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace caretaker {

// A snapshot of the daemon's own state, for the `self` collector.
struct SelfStats {
  struct Job {
    std::string name;
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
    std::uint64_t missed = 0;  // ticks skipped because the job was still busy or the machine slept
    double last_duration_seconds = 0;
    double last_lateness_seconds = 0;  // start of the run after its scheduled moment
    bool stuck = false;
  };
  std::vector<Job> jobs;

  // The sum of promise 2: collected = delivered + pending + expired + dropped (samples, over the store's
  // life).
  std::uint64_t samples_collected = 0;
  std::uint64_t samples_delivered = 0;
  std::uint64_t samples_pending = 0;
  std::uint64_t samples_expired = 0;
  std::map<std::string, std::uint64_t> samples_dropped;  // by reason

  std::uint64_t store_size_bytes = 0;
  std::uint64_t store_queue_samples = 0;
  std::uint64_t store_commits = 0;
  double store_last_commit_seconds = 0;
  bool store_writable = false;

  bool mysql_enabled = false;
  bool mysql_connected = false;
  double mysql_lag_seconds = 0;  // age of the oldest batch that waits for delivery

  std::uint64_t clock_steps = 0;
  std::uint64_t suspends = 0;
};

}  // namespace caretaker
