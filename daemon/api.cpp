// SPDX-License-Identifier: MIT
#include "daemon/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/parse.h"
#include "daemon/api_cleanup.h"
#include "daemon/api_store.h"
#include "daemon/daemon.h"
#include "daemon/status_json.h"

namespace caretaker {
namespace {

using nlohmann::json;

Reply refused(const Error& error) {
  if (error.code == ENOENT)
    return error_reply(404, "not_found", error.message, "caretakerctl jobs lists the jobs");
  if (error.code == EBUSY) return error_reply(409, "busy", error.message);
  return error_reply(500, "failed", error.message);
}

// What of cleanup concerns everybody who looks at the status.
void add_cleanup_notes(Daemon& daemon, json& notes) {
  if (daemon.config().cleanup.mode == CleanupMode::off) return;
  const CleanupStatus cleanup = daemon.cleanup().status();
  if (!cleanup.pressure.empty()) notes.push_back("too full: " + cleanup.pressure);
  if (daemon.config().cleanup.mode != CleanupMode::observe || cleanup.would_remove == 0) return;
  notes.push_back(fmt::format(
      "cleanup would remove {} object{} ([cleanup] mode = observe); see caretakerctl cleanup plan",
      cleanup.would_remove, cleanup.would_remove == 1 ? "" : "s"));
}

json status(Daemon& daemon) {
  const StoreStatus store = daemon.store().status();
  const auto jobs = daemon.scheduler().status();
  const auto delivery = daemon.delivery();
  json notes = json::array();
  for (const JobStatus& job : jobs) {
    if (job.state == JobState::stuck) notes.push_back(fmt::format("job {} is stuck", job.spec.name));
    if (job.state == JobState::failed)
      notes.push_back(fmt::format("job {} failed: {}", job.spec.name, job.last_error));
  }
  if (!store.writable) notes.push_back("the local store cannot be written: " + store.last_error);
  json mysql = {{"enabled", false}};
  if (delivery) {
    mysql = to_json(delivery->status(), store, daemon.now_ms());
    for (const std::string& note : delivery->status().notes) notes.push_back(note);
  }
  add_cleanup_notes(daemon, notes);
  return {{"version", CARETAKER_VERSION},
          {"pid", ::getpid()},
          {"host", daemon.host().name},
          {"uptime_ms", daemon.uptime_ms()},
          {"interval_ms", daemon.config().service.interval.count()},
          {"config_file", daemon.options().config_file},
          {"headline", to_json(daemon.headline())},
          {"jobs", count_states(jobs)},
          {"store", to_json(store, daemon.store().path())},
          {"mysql", std::move(mysql)},
          {"notes", std::move(notes)}};
}

using JobAction = Result<> (Scheduler::*)(const std::string&);

Reply act_on_job(Daemon& daemon, JobAction action, const std::string& name) {
  if (auto done = (daemon.scheduler().*action)(name); !done) return refused(done.error());
  return ok({{"job", to_json(*daemon.scheduler().status(name))}});
}

// One job that refuses (it is stuck) does not keep the others from it.
Reply act_on_all_jobs(Daemon& daemon, JobAction action) {
  json refusals = json::array();
  for (const JobStatus& job : daemon.scheduler().status()) {
    if (auto done = (daemon.scheduler().*action)(job.spec.name); !done)
      refusals.push_back(done.error().message);
  }
  return ok({{"jobs", to_json(daemon.scheduler().status())}, {"refused", std::move(refusals)}});
}

void run_job(Daemon& daemon, const Request& request, const Responder& responder) {
  const std::string& name = request.path_value("name");
  auto started = daemon.scheduler().run_now(name, [name, responder](const FinishedRun& run) {
    json body = {{"job", name},
                 {"outcome", to_string(run.report.outcome)},
                 {"duration_ms", static_cast<double>(run.duration_ns) / static_cast<double>(ns_per_ms)},
                 {"message", run.report.message}};
    if (run.report.exit_status >= 0) body["exit_status"] = run.report.exit_status;
    responder.answer(ok(body));
  });
  if (!started) responder.answer(refused(started.error()));
}

Reply redeliver(Daemon& daemon, const Request& request) {
  const std::string* since = request.query_value("since_ms");
  const auto since_ms = parse_number<std::int64_t>(since == nullptr ? "" : *since);
  if (!since_ms || *since_ms <= 0) {
    return error_reply(400, "bad_query", "since_ms= is no moment in UTC milliseconds since 1970");
  }
  const auto delivery = daemon.delivery();
  if (!delivery) {
    return error_reply(409, "mysql_off", "nothing is delivered to MySQL", "set [mysql] host and reload");
  }
  delivery->redeliver(*since_ms);
  return ok({{"since_ms", *since_ms}, {"message", "sent again with the next delivery"}});
}

Reply reload(Daemon& daemon) {
  const ReloadOutcome outcome = daemon.reload();
  if (outcome.error.empty()) {
    return ok({{"changed", outcome.changed},
               {"needs_restart", outcome.needs_restart},
               {"problems", outcome.problems},
               {"message", outcome.changed.empty() ? "reloaded; no job changed" : "reloaded"}});
  }
  const Reply error =
      error_reply(422, "config_invalid", outcome.error, "caretakerctl check-config shows the mistakes");
  json body = json::parse(error.json);
  body["problems"] = outcome.problems;
  return {.status = error.status, .json = dump(body)};
}

// Commands that are answered at once.
std::function<void(const Request&, Responder)> at_once(std::function<Reply(const Request&)> command) {
  return [command = std::move(command)](const Request& request, const Responder& responder) {
    responder.answer(command(request));
  };
}

using Handler = std::function<void(const Request&, Responder)>;

Handler on_all_jobs(Daemon* daemon, JobAction action) {
  return at_once([daemon, action](const Request&) { return act_on_all_jobs(*daemon, action); });
}

Handler on_one_job(Daemon* daemon, JobAction action) {
  return at_once([daemon, action](const Request& request) {
    return act_on_job(*daemon, action, request.path_value("name"));
  });
}

std::vector<Route> question_routes(Daemon* daemon) {
  return {
      {.method = "GET",
       .path = "/v1/status",
       .help = "The daemon, its headline values, jobs, store and delivery.",
       .handler = at_once([daemon](const Request&) { return ok(status(*daemon)); })},
      {.method = "GET",
       .path = "/v1/version",
       .help = "The daemon's version.",
       .handler = at_once([](const Request&) { return ok({{"version", CARETAKER_VERSION}}); })},
      {.method = "GET",
       .path = "/v1/jobs",
       .help = "Every job with its state and counters.",
       .handler = at_once(
           [daemon](const Request&) { return ok({{"jobs", to_json(daemon->scheduler().status())}}); })},
      {.method = "GET",
       .path = "/v1/metrics",
       .help = "The newest value of every series.",
       .query = {{"glob", "Only metrics whose name matches: `cpu*`."}},
       .handler = [daemon](
                      const Request& request,
                      const Responder& responder) { answer_metrics(daemon->queries(), request, responder); }},
      {.method = "GET",
       .path = "/v1/history",
       .help = "The points of one metric in the local store, oldest first.",
       .query = {{"metric", "The metric's name; required."},
                 {"label", "`name=value`: only series with this label; may come again."},
                 {"since_ms", "UTC milliseconds of the oldest point."},
                 {"limit", "At most so many points, the newest ones; `truncated` says that there are more."}},
       .handler = [daemon](
                      const Request& request,
                      const Responder& responder) { answer_history(daemon->queries(), request, responder); }},
  };
}

std::vector<Route> job_routes(Daemon* daemon) {
  return {
      {.method = "POST",
       .path = "/v1/jobs/start",
       .changes = true,
       .help = "Resumes all paused jobs.",
       .handler = on_all_jobs(daemon, &Scheduler::start)},
      {.method = "POST",
       .path = "/v1/jobs/stop",
       .changes = true,
       .help = "Pauses all jobs.",
       .handler = on_all_jobs(daemon, &Scheduler::stop)},
      {.method = "POST",
       .path = "/v1/jobs/restart",
       .changes = true,
       .help = "Begins every job anew, with new baselines, at its next tick.",
       .handler = on_all_jobs(daemon, &Scheduler::restart)},
      {.method = "POST",
       .path = "/v1/jobs/{name}/start",
       .changes = true,
       .help = "Resumes a paused job.",
       .handler = on_one_job(daemon, &Scheduler::start)},
      {.method = "POST",
       .path = "/v1/jobs/{name}/stop",
       .changes = true,
       .help = "Pauses a job; a run under way is asked to end.",
       .handler = on_one_job(daemon, &Scheduler::stop)},
      {.method = "POST",
       .path = "/v1/jobs/{name}/restart",
       .changes = true,
       .help = "Begins a job anew, with new baselines, at its next tick.",
       .handler = on_one_job(daemon, &Scheduler::restart)},
      {.method = "POST",
       .path = "/v1/jobs/{name}/run",
       .changes = true,
       .help = "Runs a job now and answers when the run has ended.",
       .handler = [daemon](const Request& request,
                           const Responder& responder) { run_job(*daemon, request, responder); }},
  };
}

std::vector<Route> daemon_routes(Daemon* daemon) {
  return {
      {.method = "POST",
       .path = "/v1/reload",
       .changes = true,
       .help = "Loads the configuration anew; with a mistake (422) the old one keeps running.",
       .handler = at_once([daemon](const Request&) { return reload(*daemon); })},
      {.method = "POST",
       .path = "/v1/mysql/redeliver",
       .changes = true,
       .help =
           "Sends what was delivered once more, because a server may lose what it has acknowledged; what is "
           "there already stays. The event `redelivered` tells when it is done.",
       .query = {{"since_ms", "UTC milliseconds of the oldest sample; required."}},
       .handler = at_once([daemon](const Request& request) { return redeliver(*daemon, request); })},
      {.method = "POST",
       .path = "/v1/daemon/stop",
       .changes = true,
       .help = "Ends the daemon in order.",
       .handler = at_once([daemon](const Request&) {
         daemon->quit_soon();
         return ok({{"message", "stopping"}});
       })},
      {.method = "POST",
       .path = "/v1/daemon/restart",
       .changes = true,
       .help = "Ends the daemon in order and starts it again in the same process.",
       .handler = at_once([daemon](const Request&) {
         daemon->restart_soon();
         return ok({{"message", "restarting"}});
       })},
  };
}

}  // namespace

std::vector<Route> api_routes(Daemon* daemon) {
  std::vector<Route> routes = question_routes(daemon);
  for (auto* part : {&job_routes, &cleanup_routes, &daemon_routes})
    std::ranges::move(part(daemon), std::back_inserter(routes));
  return routes;
}

}  // namespace caretaker
