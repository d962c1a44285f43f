// SPDX-License-Identifier: MIT
#include "bench/process_usage.h"

#include <ctime>
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

}  // namespace

std::int64_t process_cpu_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

std::int64_t thread_cpu_ns() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

std::uint64_t anonymous_bytes() {
  const auto text = read_file(HostPaths().proc("self/smaps_rollup"));
  if (!text) return 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    if (take_word(line) != "Anonymous:") continue;
    return parse_number<std::uint64_t>(take_word(line)).value_or(0) * bytes_per_kib;
  }
  return 0;
}

}  // namespace caretaker::bench
