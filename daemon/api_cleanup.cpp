// SPDX-License-Identifier: MIT
#include "daemon/api_cleanup.h"

#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/parse.h"
#include "daemon/api_store.h"
#include "daemon/cleanup_json.h"
#include "daemon/daemon.h"
#include "daemon/status_json.h"

namespace caretaker {
namespace {

using nlohmann::json;

constexpr const char* job_name = "cleanup";
constexpr std::size_t history_runs_default = 20;
constexpr std::size_t history_runs_max = 1'000;
constexpr std::size_t history_actions_max = 20'000;

bool is_on(const Daemon& daemon) {
  return daemon.config().cleanup.mode != CleanupMode::off;
}

Reply cleanup_off() {
  return error_reply(409, "cleanup_off", "cleanup is off", "set [cleanup] mode = observe and reload");
}

// What the job told last is not true any more without the job; what it did is.
CleanupStatus status_of(Daemon& daemon) {
  CleanupStatus status = daemon.cleanup().status();
  if (is_on(daemon)) return status;
  return {.progress = std::move(status.progress), .last_run = std::move(status.last_run)};
}

Reply show_status(Daemon& daemon) {
  json body = to_json(status_of(daemon));
  body["mode"] = to_string(daemon.config().cleanup.mode);
  const auto job = daemon.scheduler().status(job_name);
  body["running"] = job && (job->state == JobState::running || job->state == JobState::stuck);
  body["error"] = job ? job->last_error : std::string();
  return ok(body);
}

// A flag of the query: "true", "false", or absent.
std::optional<bool> read_flag(const Request& request, std::string_view name) {
  const std::string* value = request.query_value(name);
  if (value == nullptr || *value == "false") return false;
  if (*value == "true") return true;
  return std::nullopt;
}

Reply bad_flag(std::string_view name) {
  return error_reply(400, "bad_query", fmt::format("{}= is neither true nor false", name));
}

// Has the cleanup job do `wish` now; `on_done` is called on the loop's thread.
std::optional<Reply> begin(Daemon& daemon, const std::shared_ptr<CleanupWish>& wish,
                           std::function<void(const FinishedRun&)> on_done) {
  if (!is_on(daemon)) return cleanup_off();
  // The desk must not hold a wish that another run of the job would find.
  const auto job = daemon.scheduler().status(job_name);
  if (job && job->state != JobState::running && job->state != JobState::stuck) {
    daemon.cleanup().leave(wish);
    auto then = [&desk = daemon.cleanup(), wish, done = std::move(on_done)](const FinishedRun& run) {
      desk.withdraw(wish);  // of a run that was stopped before it looked
      done(run);
    };
    if (daemon.scheduler().run_now(job_name, std::move(then))) return std::nullopt;
    daemon.cleanup().withdraw(wish);
  }
  return error_reply(409, "busy", "the cleanup job is at work",
                     "caretakerctl cleanup status shows what it does");
}

void answer_report(const Daemon& daemon, const Responder& responder, const CleanupWish& wish,
                   const FinishedRun& run, const VerdictChoice& choice) {
  if (!wish.answer) {
    responder.answer(error_reply(503, "stopped",
                                 "the job ended before it could look" +
                                     (run.report.message.empty() ? "" : ": " + run.report.message)));
  } else if (!*wish.answer) {
    const Error& error = wish.answer->error();
    const bool absent = error.code == ENOENT;
    responder.answer(error_reply(503, absent ? "no_engine" : "engine_failed", error.message,
                                 absent ? "set [cleanup.docker] socket to the engine's" : ""));
  } else {
    json body = to_json(**wish.answer, choice);
    body["mode"] = to_string(daemon.config().cleanup.mode);
    responder.answer(ok(body));
  }
}

void look(Daemon* daemon, CleanupWish::Kind kind, const Request& request, const Responder& responder) {
  const auto pressure = read_flag(request, "pressure");
  if (!pressure) return responder.answer(bad_flag("pressure"));
  const auto all = read_flag(request, "all");
  if (!all) return responder.answer(bad_flag("all"));
  const std::string* object = request.query_value("object");
  auto wish = std::make_shared<CleanupWish>(CleanupWish{.kind = kind, .pressure = *pressure});
  auto refused =
      begin(*daemon, wish,
            [daemon, wish, responder,
             choice = VerdictChoice{.all = *all, .object = object == nullptr ? "" : *object}](
                const FinishedRun& run) { answer_report(*daemon, responder, *wish, run, choice); });
  if (refused) responder.answer(std::move(*refused));
}

// Answers at once, because a run may take long.
Reply run(Daemon* daemon) {
  auto wish = std::make_shared<CleanupWish>(CleanupWish{.kind = CleanupWish::Kind::run});
  const std::int64_t now_ms = daemon->now_ms();
  if (auto refused = begin(*daemon, wish, [wish](const FinishedRun&) {})) return std::move(*refused);
  return ok({{"begun_ms", now_ms}, {"message", "the run has begun"}});
}

void history(Daemon* daemon, const Request& request, const Responder& responder) {
  std::int64_t since_ms = 0;
  std::size_t limit = history_runs_default;
  if (const std::string* since = request.query_value("since_ms")) {
    const auto number = parse_number<std::int64_t>(*since);
    if (!number || *number < 0) {
      return responder.answer(
          error_reply(400, "bad_query", "since_ms= is no number of milliseconds since 1970, UTC"));
    }
    since_ms = *number;
  }
  if (const std::string* runs = request.query_value("limit")) {
    const auto number = parse_number<std::size_t>(*runs);
    if (!number || *number == 0 || *number > history_runs_max) {
      return responder.answer(error_reply(
          400, "bad_query", fmt::format("limit= is not a number from 1 to {}", history_runs_max)));
    }
    limit = *number;
  }
  ask_store(daemon->queries(), responder, [since_ms, limit](StoreReader& reader) -> Result<std::string> {
    const auto runs = reader.cleanup_history(since_ms, limit, history_actions_max);
    if (!runs) return std::unexpected(runs.error());
    json list = json::array();
    for (const StoredCleanup& cleanup : *runs) list.push_back(to_json(cleanup));
    return dump({{"runs", std::move(list)}});
  });
}

}  // namespace

std::vector<Route> cleanup_routes(Daemon* daemon) {
  return {
      {.method = "GET",
       .path = "/v1/cleanup",
       .help = "How cleanup is: the engine, the disks, the run under way, the last run.",
       .handler = [daemon](const Request&,
                           const Responder& responder) { responder.answer(show_status(*daemon)); }},
      {.method = "POST",
       .path = "/v1/cleanup/plan",
       .changes = true,
       .help = "Lists everything and answers with what would be removed, and why. Nothing is removed or "
               "recorded.",
       .query = {{"pressure", "`true`: as if the disks were full, everything that pressure may take."},
                 {"all", "`true`: also the verdict on every object that stays, as `verdicts`."},
                 {"object", "Only the verdicts on this object: its id, the beginning of it, or a name."}},
       .handler =
           [daemon](const Request& request, const Responder& responder) {
             look(daemon, CleanupWish::Kind::plan, request, responder);
           }},
      {.method = "POST",
       .path = "/v1/cleanup/dry-run",
       .changes = true,
       .help = "The same, recorded as a run.",
       .query = {{"pressure", "As above."}, {"all", "As above."}},
       .handler =
           [daemon](const Request& request, const Responder& responder) {
             look(daemon, CleanupWish::Kind::dry_run, request, responder);
           }},
      {.method = "POST",
       .path = "/v1/cleanup/run",
       .changes = true,
       .help = "Begins a run and answers at once with `begun_ms`. It deletes only with `[cleanup] mode = "
               "enforce`. "
               "`GET /v1/cleanup` shows how far it is; when its `last_run` is not older than `begun_ms`, it "
               "has ended.",
       .handler = [daemon](const Request&, const Responder& responder) { responder.answer(run(daemon)); }},
      {.method = "GET",
       .path = "/v1/cleanup/history",
       .help = "The recorded runs with their deletions, newest first.",
       .query = {{"since_ms", "UTC milliseconds of the oldest run."}, {"limit", "At most so many runs; 20."}},
       .handler = [daemon](const Request& request,
                           const Responder& responder) { history(daemon, request, responder); }},
  };
}

}  // namespace caretaker
