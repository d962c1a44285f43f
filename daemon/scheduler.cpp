// SPDX-License-Identifier: MIT
#include "daemon/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <variant>

#include "base/hash.h"

namespace caretaker {

Result<std::unique_ptr<Scheduler>> Scheduler::create(EventLoop& loop, const Clock& clock,
                                                     const ScheduleStart& start, Callbacks callbacks) {
  std::unique_ptr<Scheduler> scheduler(new Scheduler(loop, clock, start, std::move(callbacks)));
  auto timer = loop.add_timer([self = scheduler.get()] { self->on_timer(); });
  if (!timer) return std::unexpected(timer.error());
  scheduler->timer_ = std::move(*timer);
  auto clock_change = loop.add_clock_change([self = scheduler.get()] { self->on_clock_change(); });
  if (!clock_change) return std::unexpected(clock_change.error());
  scheduler->clock_change_ = std::move(*clock_change);
  return scheduler;
}

Scheduler::Scheduler(EventLoop& loop, const Clock& clock, const ScheduleStart& start, Callbacks callbacks)
    : loop_(loop),
      clock_(clock),
      host_id_(start.host_id),
      callbacks_(std::move(callbacks)),
      timetable_(clock.now(), Timetable::phase_of(start.host_id), start.backward_steps) {}

Scheduler::~Scheduler() = default;

Result<std::vector<std::string>> Scheduler::apply(const std::vector<JobSpec>& specs) {
  std::vector<std::string> touched;
  for (const JobSpec& spec : specs) {
    const auto current = jobs_.find(spec.name);
    if (current != jobs_.end() && current->second->spec == spec) continue;
    touched.push_back(spec.name);
    if (auto added = add_job(spec); !added) return std::unexpected(added.error());
  }
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (std::ranges::find(specs, job->first, &JobSpec::name) != specs.end()) {
      ++job;
      continue;
    }
    touched.push_back(job->first);
    timetable_.remove(job->first);
    {
      const std::scoped_lock lock(stats_mutex_);
      stats_.erase(job->first);
    }
    abandon(std::move(job->second));
    job = jobs_.erase(job);
  }
  arm();
  return touched;
}

Result<> Scheduler::add_job(const JobSpec& spec) {
  if (abandoned_.size() >= abandoned_max) {
    return fail(
        fmt::format("{} changed jobs are still stuck in their old run; restart the daemon", abandoned_max));
  }
  auto job = std::make_unique<ScheduledJob>();
  job->id = ++last_job_id_;
  job->spec = spec;
  job->paused = !spec.enabled;
  auto on_run = [this, name = spec.name, id = job->id](FinishedRun run) {
    loop_.post_late([this, name, id, run = std::move(run)] { on_finished(name, id, run); });
  };
  auto thread = JobThread::start(spec.name, callbacks_.make_factory(spec), std::move(on_run));
  if (!thread) return std::unexpected(thread.error());
  job->thread = std::move(*thread);

  auto& slot = jobs_[spec.name];
  if (slot) {
    job->take_history(*slot);
    abandon(std::move(slot));
  }
  slot = std::move(job);
  timetable_.remove(spec.name);
  if (!slot->paused) schedule(spec);
  publish_stats(*slot);
  return {};
}

// Sampling jobs share one wake-up. Commands start processes: on their own moments, or all would start at
// once. A fleet's deliveries are spread over their interval.
void Scheduler::schedule(const JobSpec& spec) {
  const bool is_command = std::holds_alternative<CommandJobConfig>(spec.settings);
  const bool is_delivery = std::holds_alternative<DeliverySettings>(spec.settings);
  timetable_.add(spec.name, spec.interval, clock_.now(),
                 is_command ? Timetable::phase_of(hash64({spec.name})) : 0,
                 is_delivery ? host_id_ & std::numeric_limits<std::int64_t>::max() : 0);
}

void Scheduler::begin(ScheduledJob& job, const Tick& tick, std::int64_t now_ns) {
  job.begin(tick, now_ns);
  deadlines_[{job.deadline_ns, job.id}] = &job;
}

// Lets a job's thread end by itself; one that is in the middle of a run is kept until the run has ended.
void Scheduler::abandon(std::unique_ptr<ScheduledJob> job) {
  deadlines_.erase({job->deadline_ns, job->id});
  job->thread->request_exit();
  if (job->running) abandoned_.push_back(std::move(job));
}

void Scheduler::on_timer() {
  const ClockReading now = clock_.now();
  observe_clock(now);
  for (const Timetable::Due& due : timetable_.take_due(now)) {
    ScheduledJob& job = *jobs_.at(due.name);
    job.missed += due.missed;
    if (job.running) ++job.missed;
    if (due.missed > 0 || job.running) publish_stats(job);
    if (!job.running) begin(job, due.tick, now.monotonic_ns);
  }
  check_deadlines(now.monotonic_ns);
  arm();
}

void Scheduler::on_clock_change() {
  observe_clock(clock_.now());
  arm();
}

void Scheduler::observe_clock(const ClockReading& now) {
  const ClockChange change = timetable_.observe(now);
  if (change.step_ns == 0 && change.suspend_ns == 0) return;
  {
    const std::scoped_lock lock(stats_mutex_);
    clock_steps_ = timetable_.clock_steps();
    suspends_ = timetable_.suspends();
  }
  if (change.step_ns != 0) {
    raise("clock_step", "",
          fmt::format("the wall clock was set {:.3f} s {}", std::abs(ns_to_seconds(change.step_ns)),
                      change.step_ns < 0 ? "back" : "forward"));
  }
  if (change.step_ns < 0) callbacks_.on_backward_step(timetable_.backward_steps());
  if (change.suspend_ns != 0) {
    raise("suspend", "",
          fmt::format("the machine was suspended for {:.3f} s", ns_to_seconds(change.suspend_ns)));
  }
}

void Scheduler::on_finished(const std::string& name, std::uint64_t job_id, const FinishedRun& run) {
  const auto left = std::ranges::find(abandoned_, job_id, [](const auto& job) { return job->id; });
  if (left != abandoned_.end()) {
    const std::unique_ptr<ScheduledJob> job = std::move(*left);
    abandoned_.erase(left);
    if (job->stuck) tell_recovered(*job, run);
    answer(*job, run);
    return;
  }
  const auto found = jobs_.find(name);
  if (found == jobs_.end() || found->second->id != job_id) return;
  ScheduledJob& job = *found->second;
  const bool was_stuck = job.stuck;
  deadlines_.erase({job.deadline_ns, job.id});
  job.finish(run);
  if (was_stuck) tell_recovered(job, run);
  tell_outcome(job, run);
  publish_stats(job);
  answer(job, run);
  callbacks_.on_run_finished(job.spec.name);
}

void Scheduler::answer(ScheduledJob& job, const FinishedRun& run) {
  const auto waiting = std::exchange(job.waiting, {});
  awaited_ -= waiting.size();
  for (const auto& on_done : waiting) on_done(run);
}

void Scheduler::tell_recovered(const ScheduledJob& job, const FinishedRun& run) {
  raise("job_recovered", job.spec.name,
        fmt::format("the run that was stuck ended after {:.1f} s", ns_to_seconds(run.duration_ns)));
}

void Scheduler::tell_outcome(ScheduledJob& job, const FinishedRun& run) {
  if (job.failed) {
    if (job.told.is_new(run.report.message)) raise("job_failed", job.spec.name, run.report.message);
  } else if (!job.told.empty()) {
    job.told.clear();
    raise("job_ok", job.spec.name, "runs well again");
  }
}

void Scheduler::check_deadlines(std::int64_t now_ns) {
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now_ns) {
    ScheduledJob& job = *deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    job.stuck = true;
    raise("job_stuck", job.spec.name,
          fmt::format("its run is past the timeout of {} ms; its ticks are skipped until the run ends",
                      job.spec.timeout.count()));
    publish_stats(job);
  }
}

void Scheduler::publish_stats(const ScheduledJob& job) {
  const std::scoped_lock lock(stats_mutex_);
  stats_[job.spec.name] = job.stats();
}

void Scheduler::arm() {
  std::optional<std::int64_t> next = timetable_.next_wake_ns();
  if (!deadlines_.empty()) {
    const std::int64_t deadline_ns = deadlines_.begin()->first.first;
    next = std::min(next.value_or(deadline_ns), deadline_ns);
  }
  loop_.expect_wake_up(awaited_ == 0 ? next : std::nullopt);
  if (next) {
    EventLoop::arm_timer(*timer_, *next);
  } else {
    EventLoop::disarm_timer(*timer_);
  }
}

void Scheduler::raise(std::string kind, const std::string& subject, std::string message) {
  callbacks_.on_event({.time_ms = clock_.now().realtime_ns / ns_per_ms,
                       .kind = std::move(kind),
                       .subject = subject,
                       .message = std::move(message)});
}

Result<ScheduledJob*> Scheduler::find(const std::string& name) const {
  const auto job = jobs_.find(name);
  if (job == jobs_.end()) return std::unexpected(Error{.code = ENOENT, .message = "no job named " + name});
  return job->second.get();
}

Result<> Scheduler::start(const std::string& name) {
  const auto job = find(name);
  if (!job) return std::unexpected(job.error());
  if (!std::exchange((*job)->paused, false)) return {};
  schedule((*job)->spec);
  arm();
  return {};
}

Result<> Scheduler::stop(const std::string& name) {
  const auto job = find(name);
  if (!job) return std::unexpected(job.error());
  (*job)->paused = true;
  timetable_.remove(name);
  if ((*job)->running) (*job)->thread->cancel_run();
  arm();
  return {};
}

Result<> Scheduler::restart(const std::string& name) {
  const auto job = find(name);
  if (!job) return std::unexpected(job.error());
  if ((*job)->stuck) {
    return std::unexpected(
        Error{.code = EBUSY, .message = name + " is stuck in a call that cannot be ended"});
  }
  if ((*job)->running) (*job)->thread->cancel_run();
  (*job)->fresh = true;
  return start(name);
}

Result<> Scheduler::run_now(const std::string& name, std::function<void(const FinishedRun&)> on_done) {
  const auto found = find(name);
  if (!found) return std::unexpected(found.error());
  ScheduledJob& job = **found;
  if (job.running) {
    return std::unexpected(Error{
        .code = EBUSY, .message = name + (job.stuck ? " is stuck in its last run" : " is running already")});
  }
  job.waiting.push_back(std::move(on_done));
  ++awaited_;
  const ClockReading now = clock_.now();
  begin(job, timetable_.tick_now(now), now.monotonic_ns);
  arm();
  return {};
}

JobStatus Scheduler::describe(const ScheduledJob& job) const {
  JobStatus status = job.status();
  status.next_run_ms = timetable_.next_tick_ms(job.spec.name);
  return status;
}

std::vector<JobStatus> Scheduler::status() const {
  std::vector<JobStatus> all;
  for (const auto& [name, job] : jobs_) all.push_back(describe(*job));
  return all;
}

Result<JobStatus> Scheduler::status(const std::string& name) const {
  const auto job = find(name);
  if (!job) return std::unexpected(job.error());
  return describe(**job);
}

void Scheduler::add_stats(SelfStats& stats) const {
  const std::scoped_lock lock(stats_mutex_);
  for (const auto& [name, job] : stats_) stats.jobs.push_back(job);
  stats.clock_steps = clock_steps_;
  stats.suspends = suspends_;
}

std::vector<std::string> Scheduler::stop_all(std::chrono::milliseconds deadline) {
  EventLoop::disarm_timer(*timer_);
  loop_.expect_wake_up(std::nullopt);
  std::vector<ScheduledJob*> all;
  for (const auto& [name, job] : jobs_) all.push_back(job.get());
  for (const auto& job : abandoned_) all.push_back(job.get());
  for (ScheduledJob* job : all) job->thread->request_exit();
  const std::int64_t until_ns = clock_.now().monotonic_ns + deadline.count() * ns_per_ms;
  std::vector<std::string> left;
  for (ScheduledJob* job : all) {
    const std::int64_t rest_ms = std::max<std::int64_t>(0, until_ns - clock_.now().monotonic_ns) / ns_per_ms;
    if (!job->thread->join_for(std::chrono::milliseconds(rest_ms))) left.push_back(job->spec.name);
  }
  return left;
}

}  // namespace caretaker
