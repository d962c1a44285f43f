// SPDX-License-Identifier: MIT
#include "bench/process_usage.h"

#include <ctime>
#include <fstream>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"
#include "base/host_paths.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker::bench {
namespace {

constexpr std::uint64_t bytes_per_kib = 1'024;

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * ns_per_s + time.tv_nsec;
}

// "NAME:  NUMBER" in a file of /proc/self; 0 where it cannot be read.
std::uint64_t number_field(const char* file, std::string_view name) {
  const auto text = read_file(HostPaths().proc(file));
  if (!text) return 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    if (take_word(line) != name) continue;
    return parse_number<std::uint64_t>(take_word(line)).value_or(0);
  }
  return 0;
}

// The same with kB behind the number.
std::uint64_t kib_field(const char* file, std::string_view name) {
  return number_field(file, name) * bytes_per_kib;
}

}  // namespace

std::int64_t process_cpu_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

std::int64_t thread_cpu_ns() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

std::uint64_t anonymous_bytes() {
  return kib_field("self/smaps_rollup", "Anonymous:");
}

std::uint64_t rss_bytes() {
  return kib_field("self/status", "VmRSS:");
}

std::uint64_t peak_rss_bytes() {
  return kib_field("self/status", "VmHWM:");
}

std::uint64_t thread_count() {
  return number_field("self/status", "Threads:");
}

void reset_peak_rss() {
  std::ofstream(HostPaths().proc("self/clear_refs")) << "5";
}

}  // namespace caretaker::bench
