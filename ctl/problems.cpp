// SPDX-License-Identifier: MIT
#include "ctl/problems.h"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

// Intervals without a measurement after which the headline counts as stale; two may be a late commit.
constexpr std::int64_t headline_age_intervals_max = 3;

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

std::string job_problem(const JobAnswer& job, std::int64_t now_ms) {
  if (job.state == "failed") return with_reason(fmt::format("job {} failed", job.name), job.last_error);
  std::string text = fmt::format("job {} is stuck", job.name);
  if (job.last_run_ms)
    text += fmt::format(", last finished {} ago", format_span(elapsed_ms(*job.last_run_ms, now_ms)));
  return with_reason(text, job.last_error);
}

void add_job_problems(std::vector<std::string>& problems, const JobCountsAnswer& counts,
                      std::span<const JobAnswer> jobs, std::int64_t now_ms) {
  for (const std::string_view state : {"stuck", "failed"}) {
    const std::uint64_t count = state == "stuck" ? counts.stuck : counts.failed;
    if (count > 0 && std::ranges::find(jobs, state, &JobAnswer::state) == jobs.end()) {
      problems.push_back(
          fmt::format("{} {} {}", format_count(count), count == 1 ? "job is" : "jobs are", state));
    }
    for (const JobAnswer& job : jobs) {
      if (job.state == state) problems.push_back(job_problem(job, now_ms));
    }
  }
}

// How long ago the last measurement was where that is too long, else 0.
std::int64_t stale_ms(const StatusAnswer& status, std::int64_t now_ms) {
  if (!status.headline.time_ms || status.interval_ms <= 0) return 0;
  const std::int64_t age_ms = elapsed_ms(*status.headline.time_ms, now_ms);
  return age_ms / status.interval_ms > headline_age_intervals_max ? age_ms : 0;
}

}  // namespace

std::vector<std::string> find_problems(const StatusAnswer& status, std::span<const JobAnswer> jobs,
                                       std::int64_t now_ms) {
  std::vector<std::string> problems;
  if (!status.store.writable) {
    problems.push_back(with_reason("the local store cannot be written", status.store.last_error) +
                       fmt::format(" ({} samples wait in memory)", format_count(status.store.queue_samples)));
  }
  if (const std::int64_t age_ms = stale_ms(status, now_ms); age_ms > 0) {
    problems.push_back(fmt::format("the last measurement is {} old", format_span(age_ms)));
  }
  add_job_problems(problems, status.jobs, jobs, now_ms);
  const std::string& reason = status.mysql.last_error;
  // The delivery's job tells the same; here it has a better name.
  if (!reason.empty())
    std::erase_if(problems, [&](const std::string& text) { return text.ends_with(": " + reason); });
  if (status.mysql.enabled && !(status.mysql.connected && status.mysql.last_error.empty())) {
    problems.push_back(with_reason(
        status.mysql.connected ? "MySQL delivery is in trouble" : "MySQL is not connected", reason));
  }
  return problems;
}

}  // namespace caretaker::ctl
