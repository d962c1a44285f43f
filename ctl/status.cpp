// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/problems.h"

namespace caretaker::ctl {
namespace {

void print_title(const Console& console, const StatusAnswer& status,
                 const std::vector<std::string>& problems) {
  const std::string verdict = problems.empty() ? console.paint(Colour::green, "all is well")
                              : problems.size() == 1
                                  ? console.paint(Colour::red, "1 problem")
                                  : console.paint(Colour::red, fmt::format("{} problems", problems.size()));
  const std::string title =
      fmt::format("caretaker {} on {}", escape_text(status.version), escape_text(status.host));
  console.out << console.paint(Colour::bold, title) << ": " << verdict << '\n';
  for (const std::string& problem : problems) {
    console.out << "  " << console.paint(Colour::red, "!") << ' ' << escape_text(problem) << '\n';
  }
  console.out << '\n';
}

std::string percent(std::optional<double> value) {
  return value ? format_percent(*value) : "-";
}

std::string rate(std::optional<double> value) {
  return value ? format_rate(*value) : "-";
}

void print_headline(const Console& console, const HeadlineAnswer& headline, std::int64_t now_ms) {
  console.print_field("cpu", percent(headline.cpu_percent));
  console.print_field("memory", percent(headline.memory_percent));
  console.print_field("disk /", percent(headline.disk_percent));
  console.print_field("network", fmt::format("{} sent, {} received", rate(headline.sent_bytes_per_second),
                                             rate(headline.received_bytes_per_second)));
  console.print_field(
      "measured", headline.time_ms ? format_span(elapsed_ms(*headline.time_ms, now_ms)) + " ago" : "not yet");
  console.out << '\n';
}

std::string jobs_text(const JobCountsAnswer& jobs) {
  std::string text = fmt::format("{}:", format_count(jobs.total));
  const auto add = [&text](std::uint64_t count, std::string_view state) {
    if (count > 0)
      text += fmt::format("{} {} {}", text.ends_with(':') ? "" : ",", format_count(count), state);
  };
  add(jobs.stuck, "stuck");
  add(jobs.failed, "failed");
  add(jobs.paused, "paused");
  add(jobs.running, "running");
  add(jobs.idle, "idle");
  return jobs.total == 0 ? "none" : text;
}

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

void print_store(const Console& console, const StoreAnswer& store) {
  console.print_field("store", fmt::format("{}, {}", escape_text(store.path),
                                           format_size(static_cast<double>(store.size_bytes))));
  console.print_field(
      "samples",
      fmt::format("{} collected = {} delivered + {} pending + {} expired + {} dropped",
                  format_count(store.collected), format_count(store.delivered), format_count(store.pending),
                  format_count(store.expired), format_count(sum(store.dropped))));
  if (sum(store.dropped) == 0) return;
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : store.dropped) {
    if (count > 0) reasons.push_back(fmt::format("{} {}", format_count(count), escape_text(reason)));
  }
  console.print_field("dropped", console.paint(Colour::yellow, fmt::format("{}", fmt::join(reasons, ", "))));
}

void print_mysql(const Console& console, const MysqlAnswer& mysql) {
  if (!mysql.enabled) {
    console.print_field("mysql", "off");
    return;
  }
  std::string text = mysql.connected ? "connected" : "not connected";
  if (!mysql.server.empty()) text += ", " + escape_text(mysql.server);
  text += fmt::format(", {} rows", format_count(mysql.rows));
  if (mysql.lag_ms) {
    text += *mysql.lag_ms > 0 ? ", " + format_span(*mysql.lag_ms) + " behind" : ", nothing waits";
  }
  console.print_field("mysql", text);
  for (const std::string& note : mysql.notes) console.print_field("", escape_text(note));
}

// A note may tell again what a problem or another line tells.
bool is_told(const std::string& note, const StatusAnswer& status, const std::vector<std::string>& problems) {
  return std::ranges::find(status.mysql.notes, note) != status.mysql.notes.end() ||
         std::ranges::any_of(problems, [&note](const std::string& text) { return text.starts_with(note); });
}

void print_status(const Session& session, const StatusAnswer& status,
                  const std::vector<std::string>& problems) {
  const Console& console = session.console;
  print_title(console, status, problems);
  print_headline(console, status.headline, session.now_ms);
  console.print_field("running", fmt::format("for {}, pid {}, every {}", format_span(status.uptime_ms),
                                             status.pid, format_span(status.interval_ms)));
  console.print_field("config", status.config_file.empty() ? "built in" : escape_text(status.config_file));
  console.print_field("jobs", jobs_text(status.jobs));
  print_store(console, status.store);
  print_mysql(console, status.mysql);
  for (const std::string& note : status.notes) {
    if (!is_told(note, status, problems)) console.print_field("note", escape_text(note));
  }
}

// The jobs, only where some need a name. Without them the counts tell.
std::vector<JobAnswer> jobs_in_trouble(const Session& session, const JobCountsAnswer& counts) {
  if (counts.stuck + counts.failed == 0) return {};
  const Answer<std::string> body = session.client.get("/v1/jobs");
  if (!body) return {};
  return parse_jobs(*body).value_or(std::vector<JobAnswer>{});
}

}  // namespace

Answer<ExitCode> run_status(const Session& session) {
  const Answer<std::string> body = session.client.get("/v1/status");
  if (!body) return std::unexpected(body.error());
  const Answer<StatusAnswer> status = parse_status(*body);
  if (!status) return std::unexpected(status.error());
  if (session.arguments.json) {
    print_json(session, *body);
    return ExitCode::ok;
  }
  const std::vector<JobAnswer> jobs = jobs_in_trouble(session, status->jobs);
  print_status(session, *status, find_problems(*status, jobs, session.now_ms));
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
