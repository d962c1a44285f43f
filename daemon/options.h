// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/host_paths.h"

namespace caretaker {

inline constexpr const char* default_config_file = "/etc/caretaker/config.ini";

enum class Mode : std::uint8_t {
  run,
  once,
  check_config,
  print_config_reference,
  print_sample_config,
  print_collector_reference,
  print_api_reference,
  print_event_reference,
  print_journal_catalog,
};

// The command line of caretakerd.
struct Options {
  Mode mode = Mode::run;
  std::string config_file = default_config_file;
  bool config_file_given = false;  // the default file may be absent, a named one not
  bool live = false;               // a line per tick on standard output
  std::string once_format = "table";
  std::string once_collectors = "all";
  HostPaths paths;
};

// Options to go on with, or the exit code after --help, --version or a mistake, whose text has been printed.
[[nodiscard]] std::variant<Options, int> parse_options(int argc, char** argv);

}  // namespace caretaker
