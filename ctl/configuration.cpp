// SPDX-License-Identifier: MIT
#include "ctl/configuration.h"

#include <fmt/format.h>

namespace caretaker::ctl {
namespace {

constexpr const char* config_file_default = "/etc/caretaker/config.ini";

}  // namespace

std::string config_file(const Arguments& arguments) {
  return arguments.config_file.empty() ? config_file_default : arguments.config_file;
}

std::vector<std::string> problem_lines(const LoadResult& loaded, Severity severity) {
  std::vector<std::string> lines;
  for (const Problem& problem : loaded.problems) {
    if (problem.severity == severity) lines.push_back(to_string(problem));
  }
  return lines;
}

Failure config_failure(const std::string& file, const LoadResult& loaded) {
  std::vector<std::string> problems = problem_lines(loaded, Severity::error);
  const std::string count = problems.size() == 1 ? "1 mistake" : fmt::format("{} mistakes", problems.size());
  for (std::string& warning : problem_lines(loaded, Severity::warning)) {
    problems.push_back(std::move(warning));
  }
  return {.exit = ExitCode::config_invalid,
          .code = "config_invalid",
          .message = fmt::format("{} has {}", file, count),
          .problems = std::move(problems)};
}

}  // namespace caretaker::ctl
