// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace caretaker {

struct ChildOptions {
  std::vector<std::string> command;      // argv; found along PATH when it has no slash
  std::vector<std::string> environment;  // NAME=value, added to the daemon's own
  std::string user;                      // empty: the daemon's own; anything else needs root
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_bytes_max = 16U << 10;  // of each of stdout and stderr
};

struct ChildResult {
  int exit_status = -1;  // 0-255, -1 when a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::int64_t duration_ms = 0;
  std::int64_t cpu_ms = 0;  // user + system of the child and of what it waited for (wait4(2))
  std::string standard_output;
  std::string standard_error;
};

// Grace between SIGTERM and SIGKILL, at the timeout and when asked to stop.
inline constexpr std::chrono::milliseconds child_kill_grace{2'000};
inline constexpr std::chrono::milliseconds child_stop_grace{300};

// Runs a command without a shell and waits for it: own process group, standard input empty, only stdin,
// stdout and stderr inherited, killed with the calling thread (PR_SET_PDEATHSIG). At the timeout, or when
// `stop` is requested, the group gets SIGTERM and after the grace SIGKILL. Errors: what kept it from starting
// (ENOENT, EACCES, EPERM, EAGAIN).
[[nodiscard]] Result<ChildResult> run_child(const ChildOptions& options, const std::stop_token& stop);

}  // namespace caretaker
