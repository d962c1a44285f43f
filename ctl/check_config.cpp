// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "config/loader.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr const char* config_file_default = "/etc/caretaker/config.ini";

std::vector<std::string> problems_of(const LoadResult& loaded, Severity severity) {
  std::vector<std::string> lines;
  for (const Problem& problem : loaded.problems) {
    if (problem.severity == severity) lines.push_back(to_string(problem));
  }
  return lines;
}

void print_valid(const Session& session, const std::string& file, const std::vector<std::string>& warnings) {
  if (session.arguments.json) {
    std::string json = R"({"file":)";
    append_json_string(json, file);
    json += R"(,"valid":true,"warnings":)";
    append_json_strings(json, warnings);
    print_json(session, json + "}");
  } else {
    session.console.out << fmt::format("{}: valid\n", escape_text(file));
  }
  for (const std::string& warning : warnings) session.console.error << escape_text(warning) << '\n';
}

}  // namespace

Answer<ExitCode> run_check_config(const Session& session) {
  const std::string file =
      session.arguments.config_file.empty() ? config_file_default : session.arguments.config_file;
  const LoadResult loaded = load_config(file, {.collector_names = session.collector_names});
  std::vector<std::string> warnings = problems_of(loaded, Severity::warning);
  if (loaded.ok()) {
    print_valid(session, file, warnings);
    return ExitCode::ok;
  }
  std::vector<std::string> problems = problems_of(loaded, Severity::error);
  const std::string count = problems.size() == 1 ? "1 mistake" : fmt::format("{} mistakes", problems.size());
  problems.insert(problems.end(), warnings.begin(), warnings.end());
  return std::unexpected(Failure{.exit = ExitCode::config_invalid,
                                 .code = "config_invalid",
                                 .message = fmt::format("{} has {}", file, count),
                                 .problems = std::move(problems)});
}

}  // namespace caretaker::ctl
