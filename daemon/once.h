// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_paths.h"
#include "config/config.h"

namespace caretaker {

enum class OnceFormat : std::uint8_t { table, json, prometheus };

// "table", "json" or "prometheus"; nothing for any other word.
[[nodiscard]] std::optional<OnceFormat> parse_once_format(std::string_view text);

struct OnceOptions {
  HostPaths paths;
  OnceFormat format = OnceFormat::table;
  std::vector<std::string> collectors;  // registry names; empty or "all": every one
  std::vector<std::string> statvfs_helper_command;
  Config config;
};

// `caretakerd --once`: every chosen collector is run once and its samples are printed to `out`. Collectors of
// rates are read a first time 200 ms before. Needs no config file, no store and no root. Returns the exit
// status: 0, 1 when a collector failed (listed on `err`; what worked is printed), 2 for an unknown name.
int run_once(const OnceOptions& options, std::FILE* out, std::FILE* err);

}  // namespace caretaker
