// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "ctl/console.h"
#include "ctl/exit_codes.h"
#include "ctl/service_unit.h"

namespace caretaker::ctl {

// The whole client: arguments to command to exit code. Answers go to console.out, failures as one line (the
// mistakes of a configuration one line each) to console.error and, with --json, as an error object to
// console.out too. `now_ms` is UTC.
[[nodiscard]] ExitCode run_command_line(int argc, const char* const* argv, const Console& console,
                                        ServiceUnit& unit, std::int64_t now_ms);

}  // namespace caretaker::ctl
