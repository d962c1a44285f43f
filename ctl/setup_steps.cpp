// SPDX-License-Identifier: MIT
#include "ctl/setup_steps.h"

#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"
#include "ctl/format.h"
#include "ctl/setup_place.h"
#include "ctl/terminal.h"

namespace caretaker::ctl {
namespace {

void print_plan(const Session& session, const SetupPlan& plan) {
  const Console& console = session.console;
  console.out << console.paint(Colour::bold, escape_text(plan.heading)) << '\n';
  std::size_t number = 0;
  for (const SetupStep& step : plan.steps) {
    console.out << fmt::format("{:3}. {}\n", ++number, escape_text(step.title));
    for (const std::string& line : step.shown) {
      console.out << (line.empty() ? "" : "       " + console.paint(Colour::dim, escape_text(line))) << '\n';
    }
  }
  for (const std::string& note : plan.notes) {
    console.out << console.paint(Colour::yellow, "note: ") << escape_text(note) << '\n';
  }
}

std::string step_json(const SetupStep& step, const std::string& result, bool done) {
  std::string json = R"({"step":)";
  append_json_string(json, step.name);
  json += R"(,"title":)";
  append_json_string(json, step.title);
  json += R"(,"shown":)";
  append_json_strings(json, step.shown);
  json += fmt::format(R"(,"done":{},"result":)", done);
  append_json_string(json, result);
  return json + "}";
}

std::string plan_json(const SetupPlan& plan, const std::vector<std::string>& results, bool dry_run) {
  std::string json = fmt::format(R"({{"dry_run":{},"heading":)", dry_run);
  append_json_string(json, plan.heading);
  json += R"(,"notes":)";
  append_json_strings(json, plan.notes);
  json += R"(,"steps":[)";
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const bool done = i < results.size();
    if (i > 0) json += ',';
    json += step_json(plan.steps[i], done ? results[i] : "", done);
  }
  json += R"(],"after":)";
  append_json_strings(json, plan.after);
  return json + "}";
}

Answer<std::vector<std::string>> take_steps(const Session& session, const SetupPlan& plan) {
  const Console& console = session.console;
  std::vector<std::string> results;
  for (const SetupStep& step : plan.steps) {
    if (!session.arguments.json) {
      console.out << fmt::format("[{}/{}] {}: ", results.size() + 1, plan.steps.size(),
                                 escape_text(step.title))
                  << std::flush;
    }
    Answer<std::string> result = step.run();
    if (!result) {
      if (!session.arguments.json) console.out << console.paint(Colour::red, "failed") << '\n';
      Failure failure = std::move(result.error());
      if (failure.hint.empty()) failure.hint = "when that is mended, run the same command again";
      return std::unexpected(std::move(failure));
    }
    if (!session.arguments.json) console.out << console.paint(Colour::green, escape_text(*result)) << '\n';
    results.push_back(std::move(*result));
  }
  return results;
}

}  // namespace

Failure setup_failure(const Error& error, const std::string& what) {
  const bool denied = error.code == EACCES || error.code == EPERM || error.code == EROFS;
  return {.exit = denied ? ExitCode::not_permitted : ExitCode::failed,
          .code = denied ? "not_permitted" : "setup_failed",
          .message = what + ": " + error.message};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) lines.emplace_back(take_line(text));
  return lines;
}

Answer<> check_may_set_up(const Session& session) {
  const Arguments& arguments = session.arguments;
  if (!session.place.privileged) {
    return std::unexpected(Failure{.exit = ExitCode::not_permitted,
                                   .code = "not_permitted",
                                   .message = "only root can set up the service",
                                   .hint = "run the command with sudo, or as root"});
  }
  if (arguments.dry_run || arguments.setup.yes) return {};
  if (arguments.json || !session.terminal.is_there()) {
    return std::unexpected(Failure{.exit = ExitCode::usage,
                                   .code = "nobody_to_ask",
                                   .message = "nothing was done: there is nobody to ask whether it should be",
                                   .hint = "look at it with --dry-run, then add --yes"});
  }
  return {};
}

Answer<ExitCode> carry_out(const Session& session, const SetupPlan& plan) {
  const Arguments& arguments = session.arguments;
  if (arguments.dry_run && arguments.json) print_json(session, plan_json(plan, {}, true));
  if (!arguments.json) print_plan(session, plan);
  if (arguments.dry_run) {
    if (!arguments.json) session.console.out << "nothing was done (--dry-run)\n";
    return ExitCode::ok;
  }
  session.console.out << std::flush;
  if (!arguments.setup.yes && !session.terminal.confirm("Do this now?")) {
    session.console.out << "nothing was done\n";
    return ExitCode::failed;
  }
  const auto results = take_steps(session, plan);
  if (!results) return std::unexpected(results.error());
  if (arguments.json) {
    print_json(session, plan_json(plan, *results, false));
    return ExitCode::ok;
  }
  for (const std::string& line : plan.after) session.console.out << escape_text(line) << '\n';
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
