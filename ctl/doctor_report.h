// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "ctl/console.h"
#include "ctl/doctor.h"
#include "ctl/exit_codes.h"

namespace caretaker::ctl {

// By the worst finding; what was skipped does not count.
[[nodiscard]] ExitCode exit_code_of(std::span<const CheckedOff> checks);

// A line per finding with its fix below it, and the counts.
void print_checks(const Console& console, std::span<const CheckedOff> checks);

// {"result","error","warning","skipped","note","ok" (counts),"checks":[{"check","result","found","fix"}]}
[[nodiscard]] std::string checks_json(std::span<const CheckedOff> checks);

}  // namespace caretaker::ctl
