// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace caretaker {

enum class Severity : std::uint8_t { error, warning };

// One mistake in the configuration, with its place. Never holds a value from the file: a value may be a
// secret, and the file may not be a configuration at all.
struct Problem {
  std::string file;
  int line = 0;         // 0: the file as a whole
  std::string section;  // empty: none, or not fit to be shown
  std::string key;      // likewise
  std::string message;
  Severity severity = Severity::error;
  bool operator==(const Problem&) const = default;
};

// FILE:LINE: [section] key: what is wrong
[[nodiscard]] std::string to_string(const Problem& problem);

[[nodiscard]] bool has_error(std::span<const Problem> problems);

inline constexpr int exit_code_config = 78;  // EX_CONFIG of sysexits.h

// What a configuration check says: the same for --check-config, the start and a reload.
struct CheckReport {
  std::string text;   // one line per problem; empty when there is none
  int exit_code = 0;  // 0, or exit_code_config when there is an error
};
[[nodiscard]] CheckReport check(std::span<const Problem> problems);

}  // namespace caretaker
