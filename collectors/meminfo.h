// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace caretaker {

// A line of /proc/meminfo (proc_meminfo(5)): `MemTotal:  16333512 kB` or `HugePages_Total:  0`.
struct MeminfoLine {
  std::string_view key;
  std::uint64_t value = 0;  // bytes where the line has the unit kB
  bool bytes = false;
};

// Nothing when the line has another form, its key could not be part of a metric name, or its value is
// negative or larger than 64 bits.
[[nodiscard]] std::optional<MeminfoLine> parse_meminfo_line(std::string_view line);

}  // namespace caretaker
