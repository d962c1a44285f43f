// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace caretaker::bench {

// CPU time so far, user and kernel, in nanoseconds (clock_gettime(2)).
[[nodiscard]] std::int64_t process_cpu_ns();
[[nodiscard]] std::int64_t thread_cpu_ns();

// "Anonymous" of this process in bytes (/proc/PID/smaps_rollup, proc(5)); 0 where it cannot be read.
[[nodiscard]] std::uint64_t anonymous_bytes();

}  // namespace caretaker::bench
