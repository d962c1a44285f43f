// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/parse.h"
#include "ctl/cleanup_text.h"
#include "ctl/commands.h"
#include "ctl/detail_table.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;

milliseconds since_of(const Arguments& arguments) {
  return arguments.since.value_or(cleanup_since_default);
}

Colour outcome_colour(std::string_view outcome) {
  if (outcome == "ok") return Colour::green;
  if (outcome == "failed") return Colour::red;
  return outcome == "partial" || outcome == "stopped" ? Colour::yellow : Colour::none;
}

void print_runs(const Session& session, const std::vector<CleanupRunAnswer>& runs) {
  constexpr Column columns[] = {{"TIME"},
                                {"TRIGGER"},
                                {"MODE"},
                                {"OUTCOME"},
                                {"PLANNED", Align::right},
                                {"REMOVED", Align::right},
                                {"FREED", Align::right}};
  std::vector<DetailRow> rows;
  for (const CleanupRunAnswer& run : runs) {
    const bool tells_space = run.ended_ms && run.removed > 0;
    rows.push_back({.cells = {{format_time(run.time_ms)},
                              {run.trigger},
                              {run.mode},
                              {run.outcome, outcome_colour(run.outcome)},
                              {format_count(run.planned)},
                              {format_count(run.removed)},
                              {tells_space ? format_size(static_cast<double>(freed_bytes(run))) : "-"}},
                    .detail = run.note});
  }
  session.console.out << detail_table(columns, "NOTE", rows, session.console);
}

void print_actions(const Session& session, const std::vector<CleanupRunAnswer>& runs) {
  for (const CleanupRunAnswer& run : runs) {
    if (run.actions.empty()) continue;
    const std::string title = fmt::format("{} {}", format_time(run.time_ms), escape_text(run.trigger));
    session.console.out << '\n' << session.console.paint(Colour::bold, title) << '\n';
    print_objects(session, run.actions, ActionColumns::recorded);
  }
}

void print_history(const Session& session, const std::vector<CleanupRunAnswer>& runs) {
  const Arguments& arguments = session.arguments;
  if (runs.empty()) {
    session.console.out << fmt::format("no runs in the last {}\n", format_duration(since_of(arguments)));
    return;
  }
  print_runs(session, runs);
  if (arguments.with_actions || arguments.runs_max == 1) print_actions(session, runs);
  if (runs.size() == arguments.runs_max && runs.size() > 1) {
    session.console.out << fmt::format("\nOnly the newest {} runs; more with --limit.\n",
                                       format_count(runs.size()));
  }
}

}  // namespace

Answer<ExitCode> run_cleanup_history(const Session& session) {
  const Arguments& arguments = session.arguments;
  const std::int64_t since_ms = std::max<std::int64_t>(session.now_ms - since_of(arguments).count(), 0);
  const Answer<std::string> body = session.client.get(
      fmt::format("/v1/cleanup/history?since_ms={}&limit={}", since_ms, arguments.runs_max));
  if (!body) return std::unexpected(body.error());
  const Answer<std::vector<CleanupRunAnswer>> runs = parse_cleanup_history(*body);
  if (!runs) return std::unexpected(runs.error());
  if (arguments.json) {
    print_json(session, *body);
  } else {
    print_history(session, *runs);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
