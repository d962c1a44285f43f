// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "structure/source_tree.h"

// The rules of CONTRIBUTING.md that a machine can check. Every function returns what breaks its rule.
namespace caretaker::structure {

inline constexpr std::size_t file_lines_max = 400;
inline constexpr std::size_t file_lines_usual = 300;
inline constexpr std::size_t function_lines_max = 70;

struct Finding {
  std::string path;
  std::size_t line = 0;
  std::string message;
  bool operator==(const Finding&) const = default;
};

// One line "path:line: message" each.
[[nodiscard]] std::string to_text(std::span<const Finding> findings);

using Tree = std::span<const SourceFile>;

// Folders include only what docs/architecture.md lets them; tests and benchmarks may include anything.
[[nodiscard]] std::vector<Finding> check_include_rule(Tree tree);
// Headers of ours leave json, CLI11, spdlog, SQLite, MySQL, systemd and the like to the .cpp files.
[[nodiscard]] std::vector<Finding> check_light_headers(Tree tree);
[[nodiscard]] std::vector<Finding> check_licence_lines(Tree tree);
[[nodiscard]] std::vector<Finding> check_file_lengths(Tree tree, std::size_t lines_max);
[[nodiscard]] std::vector<Finding> check_function_lengths(Tree tree, std::size_t lines_max);
// No system(), popen(), atoi(), stoi(), strcpy(), sprintf() and their kin outside the tests.
[[nodiscard]] std::vector<Finding> check_forbidden_calls(Tree tree);
// The kernel's file systems are named in base/host_paths.h only; config/config.h has patterns for mount
// points.
[[nodiscard]] std::vector<Finding> check_kernel_paths(Tree tree);
// A test file without any expectation cannot fail.
[[nodiscard]] std::vector<Finding> check_tests_can_fail(Tree tree);

}  // namespace caretaker::structure
