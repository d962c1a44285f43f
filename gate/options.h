// SPDX-License-Identifier: MIT
#pragma once

#include <variant>

#include "gate/gate.h"

namespace caretaker {

inline constexpr int exit_code_wrong_use = 78;  // EX_CONFIG: another start would meet the same mistake

struct CommandLine {
  GateOptions gate;
  bool print_rules = false;
};

// The exit code when the command line was answered (--help, --version) or wrong; messages are printed.
[[nodiscard]] std::variant<CommandLine, int> parse_command_line(int argc, char** argv);

// What may be asked, as a Markdown table.
[[nodiscard]] std::string rules_markdown();

}  // namespace caretaker
