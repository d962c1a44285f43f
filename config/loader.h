// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problem.h"

namespace caretaker {

struct LoadOptions {
  // The NAMEs that [collector.NAME] may have (collectors/registry.h). Must outlive the call.
  std::span<const std::string_view> collector_names;
};

struct LoadResult {
  Config config;  // of use only while there is no error
  std::vector<Problem> problems;
  [[nodiscard]] bool ok() const { return !has_error(problems); }
};

inline constexpr std::size_t config_bytes_max = 1U << 20;  // of one file
inline constexpr std::size_t drop_ins_max = 100;
inline constexpr std::size_t problems_max = 100;  // then one more says that the rest is left out

// Loads `file`, then config.d/*.ini in the same folder, sorted by name; between files the later one wins.
// Collects the mistakes of all files instead of ending at the first one. Reads these files and nothing else,
// changes nothing, may be called from any thread.
[[nodiscard]] LoadResult load_config(const std::string& file, const LoadOptions& options);

}  // namespace caretaker
