// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <optional>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/installed.h"
#include "ctl/jobs.h"

namespace caretaker::ctl {
namespace {

constexpr std::chrono::milliseconds unit_timeout_default{90'000};  // systemd's own DefaultTimeoutStartSec

struct Verb {
  UnitAction action;
  std::string_view name;
  std::string_view done;
};

constexpr Verb start{UnitAction::start, "start", "started"};
constexpr Verb stop{UnitAction::stop, "stop", "stopped"};
constexpr Verb restart{UnitAction::restart, "restart", "restarted"};

void print_job(const Session& session, const Verb& verb, const JobAnswer& job) {
  session.console.out << fmt::format("{} {}: {}\n", verb.done, escape_text(job.name),
                                     session.console.paint(state_colour(job.state), escape_text(job.state)));
}

// After an action on all jobs: some may have refused it, so their states tell.
void print_states(const Session& session, const std::vector<JobAnswer>& jobs) {
  for (const JobAnswer& job : jobs) {
    session.console.out << fmt::format(
        "{}: {}\n", escape_text(job.name),
        session.console.paint(state_colour(job.state), escape_text(job.state)));
  }
}

Answer<ExitCode> apply_to_all_jobs(const Session& session, const Verb& verb) {
  const Answer<std::string> body = session.client.post(fmt::format("/v1/jobs/{}", verb.name));
  if (!body) return std::unexpected(body.error());
  const Answer<AllJobsAnswer> all = parse_all_jobs(*body);
  if (!all) return std::unexpected(all.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_states(session, all->jobs);
  }
  for (const std::string& reason : all->refused) session.console.error << escape_text(reason) << '\n';
  return all->refused.empty() ? ExitCode::ok : ExitCode::failed;
}

// The job as it is afterwards, printed or, for --json, appended to `jobs_json`.
Answer<> apply_to_job(const Session& session, const Verb& verb, const std::string& name,
                      std::vector<std::string>& jobs_json) {
  const Answer<std::string> body =
      session.client.post(fmt::format("/v1/jobs/{}/{}", url_encode(name), verb.name));
  if (!body) return std::unexpected(body.error());
  const Answer<JobAnswer> job = parse_job(*body);
  if (!job) return std::unexpected(job.error());
  if (!session.arguments.json) {
    print_job(session, verb, *job);
    return {};
  }
  const Answer<std::string> json = job_json(*body);
  if (!json) return std::unexpected(json.error());
  jobs_json.push_back(*json);
  return {};
}

// In order, up to the first failure. With --json one object in the shape of the answer for all jobs.
Answer<ExitCode> apply_to_jobs(const Session& session, const Verb& verb) {
  std::vector<std::string> jobs_json;
  for (const std::string& name : session.arguments.jobs) {
    const Answer<> applied = apply_to_job(session, verb, name, jobs_json);
    if (!applied) return std::unexpected(applied.error());
  }
  if (session.arguments.json)
    print_json(session, fmt::format(R"({{"jobs":[{}]}})", fmt::join(jobs_json, ",")));
  return ExitCode::ok;
}

void print_service(const Session& session, const Verb& verb, std::string_view subject) {
  if (session.arguments.json) {
    std::string json = fmt::format(R"({{"service":"{}","action":"{}"}})", subject, verb.name);
    print_json(session, json);
  } else {
    session.console.out << fmt::format("{} {}\n", verb.done, subject);
  }
}

bool unit_is_loaded(const Session& session) {
  const Result<UnitCondition> condition = session.manager.condition(service_unit);
  return condition && condition->loaded;
}

Answer<ExitCode> apply_to_unit(const Session& session, const Verb& verb) {
  const Result<> applied = session.manager.apply(verb.action, service_unit,
                                                 session.arguments.timeout.value_or(unit_timeout_default));
  if (applied) {
    print_service(session, verb, service_unit);
    return ExitCode::ok;
  }
  Failure failure{
      .code = "unit_failed",
      .message = fmt::format("cannot {} {}: {}", verb.name, service_unit, applied.error().message),
      .hint = "see: journalctl -u caretaker"};
  const int error = applied.error().code;
  if (error == EACCES || error == EPERM) {
    failure.exit = ExitCode::not_permitted;
    failure.code = "not_permitted";
    failure.hint = "run as root";
  } else if (error == ETIMEDOUT) {
    failure.exit = ExitCode::timeout;
    failure.code = "timeout";
  }
  return std::unexpected(failure);
}

// A daemon that no unit runs can be asked to stop or restart itself, but not to start.
Answer<ExitCode> start_without_unit(const Session& session) {
  const Answer<std::string> body = session.client.get("/v1/version");
  if (!body) {
    Failure failure = body.error();
    if (failure.exit == ExitCode::no_daemon) {
      failure.message += ", and there is no caretaker.service to start";
      failure.hint = "start it with: caretakerd";
    }
    return std::unexpected(failure);
  }
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    session.console.out << "caretakerd is already running\n";
  }
  return ExitCode::ok;
}

Answer<ExitCode> apply_to_daemon(const Session& session, const Verb& verb) {
  const Answer<std::string> body = session.client.post(fmt::format("/v1/daemon/{}", verb.name));
  if (!body) return std::unexpected(body.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    session.console.out << fmt::format("asked caretakerd to {}\n", verb.name);
  }
  return ExitCode::ok;
}

Answer<ExitCode> apply(const Session& session, const Verb& verb) {
  const Arguments& arguments = session.arguments;
  if (arguments.all_jobs) return apply_to_all_jobs(session, verb);
  if (!arguments.jobs.empty()) return apply_to_jobs(session, verb);
  // Another socket names another daemon than the unit's.
  if (!arguments.socket && unit_is_loaded(session)) return apply_to_unit(session, verb);
  if (verb.action == UnitAction::start) return start_without_unit(session);
  return apply_to_daemon(session, verb);
}

}  // namespace

Answer<ExitCode> run_start(const Session& session) {
  return apply(session, start);
}

Answer<ExitCode> run_stop(const Session& session) {
  return apply(session, stop);
}

Answer<ExitCode> run_restart(const Session& session) {
  return apply(session, restart);
}

}  // namespace caretaker::ctl
