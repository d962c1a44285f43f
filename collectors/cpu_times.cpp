// SPDX-License-Identifier: MIT
#include "collectors/cpu_times.h"

#include <unistd.h>

#include "base/parse.h"
#include "base/text.h"

namespace caretaker {

std::optional<CpuTimes> parse_cpu_times(std::string_view fields) {
  CpuTimes times;
  while (times.count < cpu_fields) {
    const std::string_view word = take_word(fields);
    if (word.empty()) break;
    const auto ticks = parse_number<std::uint64_t>(word);
    if (!ticks) return std::nullopt;
    times.ticks[times.count++] = *ticks;
  }
  if (times.count <= cpu_idle) return std::nullopt;
  return times;
}

std::uint64_t ticks_per_second() {
  const long ticks = ::sysconf(_SC_CLK_TCK);
  return ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100;
}

}  // namespace caretaker
