// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/told_reasons.h"
#include "collectors/self_stats.h"
#include "daemon/job.h"
#include "daemon/job_spec.h"
#include "daemon/job_thread.h"

namespace caretaker {

struct JobStatus {
  JobSpec spec;
  JobState state = JobState::idle;
  std::int64_t last_run_ms = 0;  // UTC tick of the last finished run, 0 before the first
  std::int64_t last_duration_ns = 0;
  std::int64_t next_run_ms = 0;  // UTC, 0 when paused
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;
  std::string last_error;  // of the last run, empty when it was well
};

// One job as the scheduler keeps it: its thread, what it is doing and how its runs went. Main thread only.
struct ScheduledJob {
  // Distinguishes a job from the one that it replaced: a late run of the old one must not count for the new
  // one.
  std::uint64_t id = 0;
  JobSpec spec;
  std::unique_ptr<JobThread> thread;
  bool paused = false;
  bool fresh = true;  // the next run makes new work
  bool running = false;
  bool stuck = false;
  bool failed = false;           // the last run
  std::int64_t deadline_ns = 0;  // CLOCK_MONOTONIC, of the run under way
  std::int64_t last_run_ms = 0;
  std::int64_t last_duration_ns = 0;
  std::int64_t last_lateness_ns = 0;
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;
  std::string last_error;
  ToldReasons told;                                              // why it fails
  std::vector<std::function<void(const FinishedRun&)>> waiting;  // callers of run_now

  void begin(const Tick& tick, std::int64_t now_ns);
  void finish(const FinishedRun& run);
  // What survives a reload: the counters, and that somebody was told of a fault and waits for its end.
  void take_history(const ScheduledJob& replaced);
  [[nodiscard]] JobStatus status() const;  // without next_run_ms, which the timetable knows
  [[nodiscard]] SelfStats::Job stats() const;
};

}  // namespace caretaker
