// SPDX-License-Identifier: MIT
#include "ctl/jobs.h"

#include <fmt/format.h>

#include <array>

#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/table.h"

namespace caretaker::ctl {
namespace {

std::string took_cell(const JobAnswer& job) {
  return job.last_run_ms && job.last_duration_ms ? format_duration_ms(*job.last_duration_ms) : "-";
}

std::string last_run_cell(const JobAnswer& job, std::int64_t now_ms) {
  return job.last_run_ms ? format_span(elapsed_ms(*job.last_run_ms, now_ms)) + " ago" : "never";
}

std::string next_run_cell(const JobAnswer& job, std::int64_t now_ms) {
  return job.next_run_ms ? "in " + format_span(elapsed_ms(now_ms, *job.next_run_ms)) : "-";
}

void print_table(const Session& session, const std::vector<JobAnswer>& jobs) {
  constexpr Column columns[] = {{"JOB"},
                                {"STATE"},
                                {"LAST RUN", Align::right},
                                {"TOOK", Align::right},
                                {"NEXT RUN", Align::right},
                                {"RUNS", Align::right},
                                {"FAILED", Align::right},
                                {"MISSED", Align::right},
                                {"LAST ERROR", Align::shrink}};
  Table table(columns, session.console);
  for (const JobAnswer& job : jobs) {
    table.add_row(
        std::array<Cell, 9>{{{job.name},
                             {job.state, state_colour(job.state)},
                             {last_run_cell(job, session.now_ms)},
                             {took_cell(job)},
                             {next_run_cell(job, session.now_ms)},
                             {format_count(job.runs)},
                             {format_count(job.failures), job.failures > 0 ? Colour::yellow : Colour::none},
                             {format_count(job.missed), job.missed > 0 ? Colour::yellow : Colour::none},
                             {job.last_error}}});
  }
  session.console.out << table.text();
}

}  // namespace

Colour state_colour(std::string_view state) {
  if (state == "stuck" || state == "failed") return Colour::red;
  if (state == "paused") return Colour::yellow;
  if (state == "running") return Colour::green;
  return Colour::none;
}

Answer<ExitCode> run_jobs(const Session& session) {
  const Answer<std::string> body = session.client.get("/v1/jobs");
  if (!body) return std::unexpected(body.error());
  const Answer<std::vector<JobAnswer>> jobs = parse_jobs(*body);
  if (!jobs) return std::unexpected(jobs.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else if (session.arguments.names_only) {
    for (const JobAnswer& job : *jobs) session.console.out << escape_text(job.name) << '\n';
  } else if (jobs->empty()) {
    session.console.out << "no jobs\n";
  } else {
    print_table(session, *jobs);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
