// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ctl/cleanup_text.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

std::string moment_text(const std::optional<std::int64_t>& time_ms, std::int64_t now_ms) {
  if (!time_ms) return "not known";
  return fmt::format("{} ({})", format_time(*time_ms), format_age(*time_ms, now_ms));
}

void print_verdict(const Session& session, const ObjectAnswer& object) {
  const Console& console = session.console;
  const std::string decision =
      console.paint(object.removes ? Colour::yellow : Colour::green, object.removes ? "goes" : "stays");
  const std::string title = fmt::format("{} {}", escape_text(object.kind), escape_text(object_title(object)));
  console.out << fmt::format("{} {}: {}\n", console.paint(Colour::bold, title), decision,
                             escape_text(object.reason));
  console.print_field("why", escape_text(object.explanation));
  if (!object.rule.empty()) console.print_field("rule", escape_text(object.rule));
  if (object.id != object_title(object)) console.print_field("id", escape_text(object.id));
  if (object.names.size() > 1) {
    console.print_field("names", escape_text(fmt::format("{}", fmt::join(object.names, ", "))));
  }
  console.print_field("frees", format_bytes_range(object.bytes_min, object.bytes_max));
  console.print_field("created", moment_text(object.created_ms, session.now_ms));
  if (object.first_seen_ms)
    console.print_field("known", "since " + moment_text(object.first_seen_ms, session.now_ms));
  console.print_field("last used", object.last_used_ms ? moment_text(object.last_used_ms, session.now_ms)
                                                       : "not seen in use");
}

// Names what could not be looked at, where the object may be one of these.
Failure not_found(const Session& session, const CleanupPlanAnswer& plan) {
  std::string message = fmt::format("the engine has nothing that is called '{}'", session.arguments.object);
  for (const SkippedKindAnswer& skipped : plan.incomplete) {
    message += fmt::format("; {} skipped: {}", skipped.kind, skipped.problem);
  }
  return {.code = "not_found",
          .message = message,
          .hint = "give a name as the engine shows it, such as nginx:1.25, or 6 or more digits of an id"};
}

void print_verdicts(const Session& session, const CleanupPlanAnswer& plan) {
  std::ostream& out = session.console.out;
  for (const ObjectAnswer& object : plan.verdicts) {
    if (&object != &plan.verdicts.front()) out << '\n';
    print_verdict(session, object);
  }
  const bool any_goes = std::ranges::any_of(plan.verdicts, &ObjectAnswer::removes);
  if (!any_goes || plan.held.empty()) return;
  out << "\nA run would delete nothing now: " << escape_text(describe_held(plan.mode, plan.held)) << '\n';
}

}  // namespace

Answer<ExitCode> run_cleanup_explain(const Session& session) {
  const Arguments& arguments = session.arguments;
  allow_for_listing(session);
  const Answer<std::string> body =
      post_to_cleanup(session, fmt::format("/v1/cleanup/plan?pressure={}&object={}", arguments.pressure,
                                           url_encode(arguments.object)));
  if (!body) return std::unexpected(body.error());
  const Answer<CleanupPlanAnswer> plan = parse_cleanup_plan(*body, /*with_verdicts=*/true);
  if (!plan) return std::unexpected(plan.error());
  if (plan->verdicts.empty()) return std::unexpected(not_found(session, *plan));
  if (arguments.json) {
    print_json(session, *body);
  } else {
    print_verdicts(session, *plan);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
