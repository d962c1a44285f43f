// SPDX-License-Identifier: MIT
#include "daemon/scheduled_job.h"

#include <utility>

#include "base/clock.h"

namespace caretaker {
namespace {

JobState state_of(const ScheduledJob& job) {
  if (job.stuck) return JobState::stuck;
  if (job.running) return JobState::running;
  if (job.paused) return JobState::paused;
  return job.failed ? JobState::failed : JobState::idle;
}

}  // namespace

void ScheduledJob::begin(const Tick& tick, std::int64_t now_ns) {
  running = true;
  deadline_ns = now_ns + spec.timeout.count() * ns_per_ms;
  thread->fire(tick, std::exchange(fresh, false));
}

void ScheduledJob::finish(const FinishedRun& run) {
  running = false;
  stuck = false;
  failed = run.report.outcome == JobOutcome::failed;
  ++runs;
  if (failed) ++failures;
  last_run_ms = run.tick.time_ms;
  last_duration_ns = run.duration_ns;
  last_lateness_ns = run.lateness_ns;
  last_error = failed ? run.report.message : "";
}

void ScheduledJob::take_history(const ScheduledJob& replaced) {
  runs = replaced.runs;
  failures = replaced.failures;
  missed = replaced.missed;
  told = replaced.told;
}

JobStatus ScheduledJob::status() const {
  return {.spec = spec,
          .state = state_of(*this),
          .last_run_ms = last_run_ms,
          .last_duration_ns = last_duration_ns,
          .runs = runs,
          .failures = failures,
          .missed = missed,
          .last_error = last_error};
}

SelfStats::Job ScheduledJob::stats() const {
  return {.name = spec.name,
          .runs = runs,
          .failures = failures,
          .missed = missed,
          .last_duration_seconds = ns_to_seconds(last_duration_ns),
          .last_lateness_seconds = ns_to_seconds(last_lateness_ns),
          .stuck = stuck};
}

}  // namespace caretaker
