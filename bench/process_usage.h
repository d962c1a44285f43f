// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace caretaker::bench {

// CPU time so far, user and kernel, in nanoseconds (clock_gettime(2)).
[[nodiscard]] std::int64_t process_cpu_ns();
[[nodiscard]] std::int64_t thread_cpu_ns();

// "Anonymous" of this process in bytes (/proc/PID/smaps_rollup, proc(5)); 0 where it cannot be read.
[[nodiscard]] std::uint64_t anonymous_bytes();

// Resident memory of this process in bytes, now and at its highest since the last reset (VmRSS and VmHWM in
// /proc/PID/status, clear_refs in proc(5)).
[[nodiscard]] std::uint64_t rss_bytes();
[[nodiscard]] std::uint64_t peak_rss_bytes();
void reset_peak_rss();

// Threads of this process now (/proc/PID/status); 0 where it cannot be read.
[[nodiscard]] std::uint64_t thread_count();

}  // namespace caretaker::bench
