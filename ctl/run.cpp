// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;

// For starting the run, ending its processes and storing its result, beside the job's own timeout.
constexpr milliseconds run_margin{15'000};
constexpr milliseconds run_timeout_default{60'000};  // of a job that names none

// As long as the job may take. A job that is not in the list is left to the daemon to refuse.
Answer<milliseconds> run_timeout(const Session& session, const std::string& name) {
  const Answer<std::string> body = session.client.get("/v1/jobs");
  if (!body) return std::unexpected(body.error());
  const Answer<std::vector<JobAnswer>> jobs = parse_jobs(*body);
  if (!jobs) return std::unexpected(jobs.error());
  const auto job = std::ranges::find(*jobs, name, &JobAnswer::name);
  if (job == jobs->end()) return request_timeout_default;
  const milliseconds timeout(job->timeout_ms.value_or(0));
  if (timeout <= milliseconds(0)) return run_timeout_default + run_margin;
  return std::min(timeout, request_timeout_max - run_margin) + run_margin;
}

void print_result(const Session& session, const RunAnswer& run) {
  const bool failed = run.outcome == "failed";
  std::string text =
      fmt::format("{}: {} in {}", escape_text(run.job),
                  session.console.paint(failed ? Colour::red : Colour::green,
                                        run.outcome == "no_data" ? "no data" : escape_text(run.outcome)),
                  format_duration_ms(run.duration_ms));
  if (run.exit_status) text += fmt::format(", exit status {}", *run.exit_status);
  if (!run.message.empty()) text += ": " + escape_text(run.message);
  session.console.out << text << '\n';
}

}  // namespace

Answer<ExitCode> run_run(const Session& session) {
  const std::string& name = session.arguments.jobs.front();
  if (!session.arguments.timeout) {
    const Answer<milliseconds> timeout = run_timeout(session, name);
    if (!timeout) return std::unexpected(timeout.error());
    session.client.set_timeout(*timeout);
  }
  const Answer<std::string> body = session.client.post(fmt::format("/v1/jobs/{}/run", url_encode(name)));
  if (!body) return std::unexpected(body.error());
  const Answer<RunAnswer> run = parse_run(*body);
  if (!run) return std::unexpected(run.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_result(session, *run);
  }
  return run->outcome == "ok" || run->outcome == "no_data" ? ExitCode::ok : ExitCode::failed;
}

}  // namespace caretaker::ctl
