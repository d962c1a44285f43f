// SPDX-License-Identifier: MIT
#include "ctl/configuration.h"

#include <fmt/format.h>
#include <unistd.h>

#include "ctl/installed.h"

namespace caretaker::ctl {
std::string config_file(const Arguments& arguments) {
  return arguments.config_file.empty() ? config_file_default : arguments.config_file;
}

std::string daemon_socket(const std::string& file, std::span<const std::string_view> collector_names) {
  std::string standard = ControlConfig{}.socket;
  const LoadResult loaded = load_config(file, {.collector_names = collector_names});
  if (!loaded.ok() || ::access(loaded.config.control.socket.c_str(), F_OK) != 0) return standard;
  return loaded.config.control.socket;
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
