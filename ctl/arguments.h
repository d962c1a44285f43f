// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "ctl/exit_codes.h"
#include "ctl/setup_arguments.h"

namespace caretaker::ctl {

struct CommandInfo;

inline constexpr std::chrono::milliseconds request_timeout_default{10'000};
inline constexpr std::chrono::milliseconds request_timeout_max{7LL * 86'400'000};
inline constexpr std::uint64_t history_points_default = 1'000;
inline constexpr std::uint64_t history_points_max = 100'000;
inline constexpr std::chrono::milliseconds history_since_default{3'600'000};
inline constexpr std::uint64_t cleanup_runs_default = 20;
inline constexpr std::uint64_t cleanup_runs_max = 1'000;
inline constexpr std::chrono::milliseconds cleanup_since_default{7LL * 86'400'000};

// The command line, checked.
struct Arguments {
  const CommandInfo* command = nullptr;  // never null after parse_arguments
  std::optional<std::string> socket;     // none: the installed daemon's
  bool json = false;
  std::optional<std::chrono::milliseconds> timeout;

  std::vector<std::string> jobs;                   // start, stop, restart: none means the service; run: one
  bool all_jobs = false;                           // start, stop, restart
  bool names_only = false;                         // jobs
  std::string metric;                              // metrics: glob, may be empty; history: name
  std::vector<std::string> labels;                 // history: k=v
  std::optional<std::chrono::milliseconds> since;  // history, mysql redeliver (never empty), cleanup history
  std::uint64_t points_max = history_points_default;
  std::string config_file;  // check-config, doctor, mysql maintain, setup mysql; empty: the installed one

  std::string mysql_user;           // mysql maintain, setup mysql; empty: the configured one
  std::string mysql_password_file;  // mysql maintain, setup mysql; may be empty
  bool dry_run = false;             // mysql maintain, cleanup run, setup
  SetupArguments setup;

  bool pressure = false;                          // cleanup plan, cleanup explain
  bool what_stays = false;                        // cleanup plan
  std::string object;                             // cleanup explain: name, id or its beginning
  bool with_actions = false;                      // cleanup history
  std::uint64_t runs_max = cleanup_runs_default;  // cleanup history
};

// The command line ends here: help and version with ExitCode::ok, a mistake with ExitCode::usage.
struct Ending {
  ExitCode exit = ExitCode::ok;
  std::string text;  // a mistake is one line without newline
};

[[nodiscard]] std::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv);

}  // namespace caretaker::ctl
