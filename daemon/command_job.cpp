// SPDX-License-Identifier: MIT
#include "daemon/command_job.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "base/parse.h"
#include "base/text.h"
#include "daemon/child_process.h"

namespace caretaker {
namespace {

RunReport report_of(const JobRun& run, milliseconds timeout, bool stopped) {
  if (stopped)
    return {.outcome = JobOutcome::ok, .message = "the command was ended because the job was stopped"};
  if (run.timed_out) {
    return {.outcome = JobOutcome::failed,
            .message = fmt::format("the command took longer than its timeout of {} and was ended",
                                   format_duration(timeout)),
            .exit_status = run.exit_status};
  }
  if (run.signal != 0) {
    return {.outcome = JobOutcome::failed,
            .message = fmt::format("the command was ended by signal {} ({})", run.signal,
                                   ::sigdescr_np(run.signal))};
  }
  if (run.exit_status == 0) return {.outcome = JobOutcome::ok, .exit_status = 0};
  std::string_view last_words = trim(run.standard_error);
  last_words = last_words.substr(last_words.rfind('\n') + 1);
  return {.outcome = JobOutcome::failed,
          .message = fmt::format("the command exited with status {}{}{}", run.exit_status,
                                 last_words.empty() ? "" : ": ", last_words),
          .exit_status = run.exit_status};
}

}  // namespace

CommandJob::CommandJob(std::string name, CommandJobConfig config, const std::function<void(JobRun)>& on_run)
    : name_(std::move(name)), config_(std::move(config)), on_run_(on_run) {}

RunReport CommandJob::run(const Tick& tick, const std::stop_token& stop) {
  JobRun run{.time_ms = tick.time_ms, .job = name_};
  auto child = run_child({.command = config_.command,
                          .environment = config_.environment,
                          .user = config_.user,
                          .timeout = config_.timeout},
                         stop);
  RunReport report;
  if (child) {
    run.duration_ms = child->duration_ms;
    run.cpu_ms = child->cpu_ms;
    run.exit_status = child->exit_status;
    run.signal = child->signal;
    run.timed_out = child->timed_out;
    run.standard_output = std::move(child->standard_output);
    run.standard_error = std::move(child->standard_error);
    report = report_of(run, config_.timeout, run.signal != 0 && stop.stop_requested());
  } else {
    run.exit_status = -1;
    run.standard_error = child.error().message;
    report = {.outcome = JobOutcome::failed, .message = child.error().message};
  }
  on_run_(std::move(run));
  return report;
}

}  // namespace caretaker
