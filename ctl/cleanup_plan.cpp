// SPDX-License-Identifier: MIT
#include "ctl/cleanup_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "ctl/cleanup_text.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

void print_situation(const Session& session, const CleanupPlanAnswer& plan) {
  std::ostream& out = session.console.out;
  out << fmt::format("{}; mode {}\n", escape_text(plan.run.engine), escape_text(plan.mode));
  for (const DiskAnswer& disk : plan.disks) out << escape_text(describe_disk(disk)) << '\n';
  if (plan.run.wanted_bytes == everything) {
    out << "as under disk pressure: everything that it may take\n";
  } else if (plan.run.wanted_bytes > 0) {
    out << fmt::format("disk pressure: {} to free\n",
                       format_size(static_cast<double>(plan.run.wanted_bytes)));
  }
  out << '\n';
}

// Build cache that the engine cannot list beforehand may be none at all. Everything else is certain.
std::uint64_t count_certain(const CleanupPlanAnswer& plan) {
  return static_cast<std::uint64_t>(std::ranges::count_if(plan.actions, [](const ObjectAnswer& object) {
    return object.kind != "build_cache" || object.bytes_max > 0;
  }));
}

// "kept 41: in_use 12, keep_rule 9", the most frequent reason first.
std::string kept_text(const CleanupPlanAnswer& plan) {
  auto kept = plan.kept;
  std::ranges::sort(kept, [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  std::uint64_t objects = 0;
  std::vector<std::string> parts;
  for (const auto& [reason, count] : kept) {
    objects += count;
    parts.push_back(fmt::format("{} {}", escape_text(reason), format_count(count)));
  }
  return objects == 0 ? "kept 0" : fmt::format("kept {}: {}", format_count(objects), fmt::join(parts, ", "));
}

void print_what_stays(const Session& session, const CleanupPlanAnswer& plan) {
  std::vector<ObjectAnswer> stays;
  std::ranges::copy_if(plan.verdicts, std::back_inserter(stays),
                       [](const ObjectAnswer& object) { return !object.removes; });
  if (stays.empty()) return;
  session.console.out << '\n';
  print_objects(session, stays, ActionColumns::verdicts);
  session.console.out << '\n';
}

void print_plan(const Session& session, const CleanupPlanAnswer& plan) {
  const Console& console = session.console;
  print_situation(session, plan);
  if (plan.actions.empty()) {
    console.out << "There is nothing to remove.\n";
  } else {
    print_objects(session, plan.actions, ActionColumns::planned);
    const std::uint64_t certain = count_certain(plan);
    console.out << fmt::format("\n{} to remove{}\n", certain == 0 ? "nothing else" : count_objects(certain),
                               describe_gain(plan.run.bytes_min, plan.run.bytes_max));
  }
  console.out << kept_text(plan) << '\n';
  for (const SkippedKindAnswer& skipped : plan.incomplete) {
    console.out << console.paint(Colour::yellow, fmt::format("{} skipped: {}", escape_text(skipped.kind),
                                                             escape_text(skipped.problem)))
                << '\n';
  }
  if (session.arguments.what_stays) print_what_stays(session, plan);
}

// Why a run would not do it now.
void print_held(const Session& session, const CleanupPlanAnswer& plan) {
  if (plan.held.empty()) return;
  session.console.out << session.console.paint(
      Colour::yellow, "A run would delete nothing now: " + escape_text(describe_held(plan.mode, plan.held)));
  session.console.out << '\n';
}

ExitCode exit_of(const CleanupPlanAnswer& plan) {
  if (!plan.incomplete.empty()) return ExitCode::incomplete;
  return count_certain(plan) == 0 ? ExitCode::ok : ExitCode::something_to_do;
}

}  // namespace

Answer<ExitCode> run_cleanup_plan(const Session& session) {
  const Arguments& arguments = session.arguments;
  const bool all = arguments.what_stays || arguments.json;
  allow_for_listing(session);
  const Answer<std::string> body =
      post_to_cleanup(session, fmt::format("/v1/cleanup/plan?pressure={}&all={}", arguments.pressure, all));
  if (!body) return std::unexpected(body.error());
  const Answer<CleanupPlanAnswer> plan = parse_cleanup_plan(*body, all);
  if (!plan) return std::unexpected(plan.error());
  if (arguments.json) {
    print_json(session, *body);
  } else {
    print_plan(session, *plan);
    print_held(session, *plan);
  }
  return exit_of(*plan);
}

Answer<ExitCode> run_cleanup_dry_run(const Session& session) {
  const bool all = session.arguments.json;
  allow_for_listing(session);
  const Answer<std::string> body = post_to_cleanup(session, fmt::format("/v1/cleanup/dry-run?all={}", all));
  if (!body) return std::unexpected(body.error());
  const Answer<CleanupPlanAnswer> plan = parse_cleanup_plan(*body, all);
  if (!plan) return std::unexpected(plan.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_plan(session, *plan);
    // With nothing else in the way, what holds it is that it is a dry run.
    if (!plan->held.starts_with("dry run")) print_held(session, *plan);
    session.console.out << "Dry run: nothing was deleted; recorded, see caretakerctl cleanup history.\n";
  }
  return exit_of(*plan);
}

}  // namespace caretaker::ctl
