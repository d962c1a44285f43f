// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker::ctl {

struct ProgramResult {
  int exit_status = -1;  // 0-255, -1 when a signal ended it
  std::string out;
  std::string error;
};

inline constexpr std::size_t program_input_bytes_max = 4096;    // fits into any pipe, so writing never waits
inline constexpr std::size_t program_output_bytes_max = 65536;  // of each stream; more is cut off

// Runs a program to its end, without a shell: `command` is its absolute path and its arguments. It reads
// `input`, which never is an argument, and inherits nothing else but its environment. Killed after `timeout`
// (ETIMEDOUT). Other errors: it could not be started.
[[nodiscard]] Result<ProgramResult> run_program(const std::vector<std::string>& command,
                                                std::string_view input, std::chrono::milliseconds timeout);

}  // namespace caretaker::ctl
