// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/exit_codes.h"
#include "ctl/surroundings.h"

namespace caretaker::ctl {

// The whole client: arguments to command to exit code. Answers go to console.out, failures as one line (the
// mistakes of a configuration one line each) to console.error and, with --json, as an error object to
// console.out too.
[[nodiscard]] ExitCode run_command_line(int argc, const char* const* argv, const Surroundings& surroundings);

}  // namespace caretaker::ctl
