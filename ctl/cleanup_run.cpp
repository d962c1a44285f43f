// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/parse.h"
#include "ctl/cleanup_plan.h"
#include "ctl/cleanup_text.h"
#include "ctl/format.h"
#include "ctl/progress_line.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds poll_delay{200};
// The record of a run that deleted nothing may wait for the store's next commit, up to 10 s.
constexpr milliseconds record_wait_max{15'000};
constexpr std::uint64_t newer_runs_max = 10;

// The limit of the whole wait; every request has its own within it.
class Deadline {
 public:
  explicit Deadline(const Session& session)
      : session_(session),
        limit_(session.arguments.timeout.value_or(request_timeout_max)),
        end_(steady_clock::now() + limit_) {}

  [[nodiscard]] milliseconds limit() const { return limit_; }

  // Whether there is time left; then it is the most that the next request may take.
  [[nodiscard]] bool allows_request() const {
    const auto left = std::chrono::duration_cast<milliseconds>(end_ - steady_clock::now());
    if (left <= milliseconds(0)) return false;
    session_.client.set_timeout(std::min(left, request_timeout_default));
    return true;
  }

 private:
  const Session& session_;
  milliseconds limit_;
  steady_clock::time_point end_;
};

Failure timed_out(const Deadline& deadline) {
  return {.exit = ExitCode::timeout,
          .code = "timeout",
          .message =
              fmt::format("the run has not ended within {} and goes on", format_duration(deadline.limit())),
          .hint = "caretakerctl cleanup status shows how far it is"};
}

// The job ended, and left no record of the run.
Failure failed_run(const CleanupStatusAnswer& status) {
  std::string why = status.error.empty() ? status.engine_error : status.error;
  if (why.empty()) why = "the cleanup job ended before it could look";
  return {.code = "failed", .message = "the run failed: " + why};
}

// Waits until the run that began at `begun_ms` has ended.
Answer<CleanupRunAnswer> wait_for_end(const Session& session, std::int64_t begun_ms,
                                      const Deadline& deadline) {
  ProgressLine line(session.console);
  while (deadline.allows_request()) {
    const Answer<std::string> body = session.client.get("/v1/cleanup");
    if (!body) return std::unexpected(body.error());
    const Answer<CleanupStatusAnswer> status = parse_cleanup_status(*body);
    if (!status) return std::unexpected(status.error());
    // Runs follow one another, so the first one from then on is ours.
    if (status->last_run && status->last_run->time_ms >= begun_ms) return *status->last_run;
    if (!status->running) return std::unexpected(failed_run(*status));
    if (!session.arguments.json) {
      line.show(status->progress ? describe_progress(*status->progress) : "looking at what is there");
    }
    std::this_thread::sleep_for(poll_delay);
  }
  return std::unexpected(timed_out(deadline));
}

struct Recorded {
  std::string body;
  CleanupRunAnswer run;
};

// The record of `run` with its actions.
Answer<Recorded> read_record(const Session& session, const CleanupRunAnswer& run, const Deadline& deadline) {
  const std::string target =
      fmt::format("/v1/cleanup/history?since_ms={}&limit={}", run.time_ms, newer_runs_max);
  const auto give_up = steady_clock::now() + record_wait_max;
  while (deadline.allows_request()) {
    Answer<std::string> body = session.client.get(target);
    if (!body) return std::unexpected(body.error());
    const Answer<std::vector<CleanupRunAnswer>> runs = parse_cleanup_history(*body);
    if (!runs) return std::unexpected(runs.error());
    const auto found = std::ranges::find(*runs, run.run_id, &CleanupRunAnswer::run_id);
    if (found != runs->end() && found->ended_ms) return Recorded{std::move(*body), *found};
    if (steady_clock::now() > give_up) {
      return std::unexpected(Failure{.code = "not_recorded",
                                     .message = "the run has ended, but its record is not in the local store",
                                     .hint = "caretakerctl status tells whether the store can be written"});
    }
    std::this_thread::sleep_for(poll_delay);
  }
  return std::unexpected(timed_out(deadline));
}

// Free space by the disk's own count; the engine's may differ, since images have layers in common, and it has
// none for most kinds.
std::string space_text(const CleanupRunAnswer& run) {
  const std::int64_t freed = freed_bytes(run);
  const std::string now = format_size(static_cast<double>(run.avail_bytes_after)) + " free now";
  std::string text = freed >= 0 ? fmt::format("{}: {} freed, {}", run.filesystem,
                                              format_size(static_cast<double>(freed)), now)
                                : fmt::format("{}: {}, {} less than before, because something else fills it",
                                              run.filesystem, now, format_size(-static_cast<double>(freed)));
  if (run.reported_bytes > 0) {
    text += fmt::format("; the engine reports {}", format_size(static_cast<double>(run.reported_bytes)));
  }
  return text;
}

void print_run(const Session& session, const CleanupRunAnswer& run) {
  const Console& console = session.console;
  if (run.mode == "observe" || run.outcome == "held") {
    const std::string held = run.outcome == "held" ? run.note : describe_held(run.mode, "");
    console.out << console.paint(Colour::yellow, "Nothing was deleted: " + escape_text(held)) << "\n\n";
  }
  if (!run.actions.empty()) {
    print_objects(session, run.actions, ActionColumns::recorded);
    console.out << '\n';
  }
  console.out << escape_text(describe_outcome(run)) << '\n';
  if (run.removed > 0 && !run.filesystem.empty()) console.out << escape_text(space_text(run)) << '\n';
  const std::string note = run.outcome == "held" ? "" : note_beside_mode(run);
  if (!note.empty()) console.out << "note: " << escape_text(note) << '\n';
}

ExitCode exit_of(const CleanupRunAnswer& run) {
  const bool is_bad = run.failed > 0 || run.outcome == "failed" || run.outcome == "stopped";
  return is_bad ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

Answer<ExitCode> run_cleanup_run(const Session& session) {
  if (session.arguments.dry_run) return run_cleanup_dry_run(session);
  const Deadline deadline(session);
  if (!deadline.allows_request()) return std::unexpected(timed_out(deadline));
  const Answer<std::string> begun = post_to_cleanup(session, "/v1/cleanup/run");
  if (!begun) return std::unexpected(begun.error());
  const Answer<std::int64_t> begun_ms = parse_cleanup_begun(*begun);
  if (!begun_ms) return std::unexpected(begun_ms.error());
  const Answer<CleanupRunAnswer> run = wait_for_end(session, *begun_ms, deadline);
  if (!run) return std::unexpected(run.error());
  const Answer<Recorded> recorded = read_record(session, *run, deadline);
  if (!recorded) {
    if (!session.arguments.json) print_run(session, *run);  // what is known without the record
    return std::unexpected(recorded.error());
  }
  if (session.arguments.json) {
    print_json(session, recorded->body);
  } else {
    print_run(session, recorded->run);
  }
  return exit_of(recorded->run);
}

}  // namespace caretaker::ctl
