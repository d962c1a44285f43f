// SPDX-License-Identifier: MIT
#include "config/problem.h"

#include <algorithm>

namespace caretaker {

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += ":" + std::to_string(problem.line);
  if (problem.severity == Severity::warning) text += ": warning";
  if (!problem.section.empty()) text += ": [" + problem.section + "]";
  if (!problem.key.empty()) text += (problem.section.empty() ? ": " : " ") + problem.key;
  return text + ": " + problem.message;
}

bool has_error(std::span<const Problem> problems) {
  return std::ranges::any_of(problems, [](const Problem& p) { return p.severity == Severity::error; });
}

CheckReport check(std::span<const Problem> problems) {
  CheckReport report;
  for (const Problem& problem : problems) report.text += to_string(problem) + "\n";
  if (has_error(problems)) report.exit_code = exit_code_config;
  return report;
}

}  // namespace caretaker
