// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ctl/cleanup_text.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

std::string watching_text(const CleanupStatusAnswer& status, std::int64_t now_ms) {
  if (!status.watched_since_ms) return "not yet";
  std::string text = fmt::format("since {} ({})", format_time(*status.watched_since_ms),
                                 format_span(elapsed_ms(*status.watched_since_ms, now_ms)));
  if (status.event_gaps > 0) {
    text += fmt::format(", {} gap{}", format_count(status.event_gaps), status.event_gaps == 1 ? "" : "s");
  }
  if (!status.watching) text += ", not connected now";
  return text;
}

std::string progress_text(const CleanupStatusAnswer& status) {
  if (!status.progress) return status.running ? "looks at what is there" : "none";
  return fmt::format("{}: {}", status.progress->trigger, describe_progress(*status.progress));
}

std::string next_run_text(const CleanupStatusAnswer& status, std::int64_t now_ms) {
  if (!status.next_run_ms) return "not planned";
  if (*status.next_run_ms <= now_ms) return "due";
  return "in " + format_span(elapsed_ms(now_ms, *status.next_run_ms));
}

void print_engine(const Console& console, const CleanupStatusAnswer& status, std::int64_t now_ms) {
  if (!status.engine_error.empty()) {
    console.print_field("engine", console.paint(Colour::red, escape_text(status.engine_error)));
  } else {
    console.print_field("engine", status.engine.empty() ? "not reached yet" : escape_text(status.engine));
  }
  if (!status.socket.empty()) console.print_field("socket", escape_text(status.socket));
  console.print_field("watching", watching_text(status, now_ms));
}

void print_last_run(const Session& session, const CleanupRunAnswer& run) {
  const Console& console = session.console;
  console.print_field("last run", fmt::format("{}, {}: {}", format_age(run.time_ms, session.now_ms),
                                              escape_text(run.trigger), escape_text(describe_outcome(run))));
  const std::string note = note_beside_mode(run);
  if (!note.empty()) console.print_field("", escape_text(note));
}

void print_status(const Session& session, const CleanupStatusAnswer& status) {
  const Console& console = session.console;
  if (status.mode == "off") {
    console.out << "cleanup is off; to see what it would remove, set [cleanup] mode = observe and reload\n";
    return;
  }
  console.print_field("mode", status.mode == "observe"
                                  ? "observe: nothing is deleted; to delete, set [cleanup] mode = enforce"
                                  : escape_text(status.mode));
  print_engine(console, status, session.now_ms);
  for (const DiskAnswer& disk : status.disks) console.print_field("disk", escape_text(describe_disk(disk)));
  console.print_field("pressure", status.pressure.empty()
                                      ? "none"
                                      : console.paint(Colour::red, escape_text(status.pressure)));
  if (!status.held.empty() && status.mode != "observe") {
    console.print_field("held", console.paint(Colour::yellow, escape_text(status.held)));
  }
  if (!status.error.empty() && status.error != status.engine_error) {
    console.print_field("error", console.paint(Colour::red, escape_text(status.error)));
  }
  console.print_field("run", escape_text(progress_text(status)));
  if (status.last_run) {
    print_last_run(session, *status.last_run);
  } else {
    console.print_field("last run", "none since the daemon started");
  }
  console.print_field("next run", next_run_text(status, session.now_ms));
}

}  // namespace

Answer<ExitCode> run_cleanup_status(const Session& session) {
  const Answer<std::string> body = session.client.get("/v1/cleanup");
  if (!body) return std::unexpected(body.error());
  const Answer<CleanupStatusAnswer> status = parse_cleanup_status(*body);
  if (!status) return std::unexpected(status.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_status(session, *status);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
