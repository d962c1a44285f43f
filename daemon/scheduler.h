// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/result.h"
#include "collectors/self_stats.h"
#include "daemon/job.h"
#include "daemon/job_spec.h"
#include "daemon/job_thread.h"
#include "daemon/scheduled_job.h"
#include "daemon/timetable.h"
#include "systemd/event_loop.h"

namespace caretaker {

struct ScheduleStart {
  std::int64_t host_id = 0;         // decides at which moments this host works
  std::int64_t backward_steps = 0;  // of the clock, before this start
};

// Runs every job on its own thread when the timetable says so: one timer, no work of its own. Main thread
// only, except add_stats(). The loop must outlive it and must not turn after it is destroyed.
class Scheduler {
 public:
  // Threads that outlived their job (a stuck run whose job was changed or removed); more are refused.
  static constexpr std::size_t abandoned_max = 32;

  struct Callbacks {
    std::function<JobWorkFactory(const JobSpec&)> make_factory;
    std::function<void(const Event&)>
        on_event;  // clock_step, suspend, job_stuck, job_recovered, job_failed, ...
    std::function<void(std::int64_t)> on_backward_step;  // how often the clock has gone back, to be kept
    std::function<void(const std::string& job)> on_run_finished;  // after every run
  };

  [[nodiscard]] static Result<std::unique_ptr<Scheduler>> create(EventLoop& loop, const Clock& clock,
                                                                 const ScheduleStart& start,
                                                                 Callbacks callbacks);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  // Makes the running jobs equal to `specs`: adds, replaces what differs, removes; untouched jobs go on with
  // their counters and baselines. Returns the names that were touched. On an error nothing has been removed.
  [[nodiscard]] Result<std::vector<std::string>> apply(const std::vector<JobSpec>& specs);

  // Errors: ENOENT no such job; EBUSY it is running or stuck.
  [[nodiscard]] Result<> start(const std::string& name);    // resumes a paused job
  [[nodiscard]] Result<> stop(const std::string& name);     // no more ticks; a run under way is asked to end
  [[nodiscard]] Result<> restart(const std::string& name);  // new work with new baselines at the next tick
  // Runs the job now; `on_done` is called on the loop's thread when it ends.
  [[nodiscard]] Result<> run_now(const std::string& name, std::function<void(const FinishedRun&)> on_done);

  [[nodiscard]] std::vector<JobStatus> status() const;
  [[nodiscard]] Result<JobStatus> status(const std::string& name) const;

  // The job part of SelfStats. Any thread.
  void add_stats(SelfStats& stats) const;

  // Asks every run to end and waits. The names of the jobs whose threads did not end in time; the caller must
  // then end the process without destroying what they use.
  [[nodiscard]] std::vector<std::string> stop_all(std::chrono::milliseconds deadline);

 private:
  Scheduler(EventLoop& loop, const Clock& clock, const ScheduleStart& start, Callbacks callbacks);
  Result<> add_job(const JobSpec& spec);
  void schedule(const JobSpec& spec);
  void begin(ScheduledJob& job, const Tick& tick, std::int64_t now_ns);
  void abandon(std::unique_ptr<ScheduledJob> job);
  void on_timer();
  void on_clock_change();
  void observe_clock(const ClockReading& now);
  void on_finished(const std::string& name, std::uint64_t job_id, const FinishedRun& run);
  void check_deadlines(std::int64_t now_ns);
  void publish_stats(const ScheduledJob& job);
  void arm();
  void answer(ScheduledJob& job, const FinishedRun& run);
  void tell_recovered(const ScheduledJob& job, const FinishedRun& run);
  void tell_outcome(ScheduledJob& job, const FinishedRun& run);
  void raise(std::string kind, const std::string& subject, std::string message);
  [[nodiscard]] Result<ScheduledJob*> find(const std::string& name) const;
  [[nodiscard]] JobStatus describe(const ScheduledJob& job) const;

  EventLoop& loop_;
  const Clock& clock_;
  const std::int64_t host_id_;
  Callbacks callbacks_;
  Timetable timetable_;
  EventLoop::SourceHandle timer_{nullptr, nullptr};
  EventLoop::SourceHandle clock_change_{nullptr, nullptr};
  std::map<std::string, std::unique_ptr<ScheduledJob>> jobs_;
  // Of `jobs_`, those whose run is under way and not stuck: by their deadlines, then by their ids.
  std::map<std::pair<std::int64_t, std::uint64_t>, ScheduledJob*> deadlines_;
  std::vector<std::unique_ptr<ScheduledJob>> abandoned_;
  std::uint64_t last_job_id_ = 0;
  std::size_t awaited_ = 0;  // callers of run_now() who wait: the ends of runs are taken at once

  mutable std::mutex stats_mutex_;
  std::map<std::string, SelfStats::Job> stats_;  // guarded by stats_mutex_
  std::uint64_t clock_steps_ = 0;                // guarded by stats_mutex_
  std::uint64_t suspends_ = 0;                   // guarded by stats_mutex_
};

}  // namespace caretaker
