// SPDX-License-Identifier: MIT
#include "base/parse.h"

#include <array>
#include <cmath>
#include <limits>

namespace caretaker {
namespace {

struct DurationUnit {
  std::string_view suffix;
  std::int64_t ms;
};
// Largest first, for formatting.
constexpr std::array duration_units = {
    DurationUnit{"d", 86'400'000}, DurationUnit{"h", 3'600'000}, DurationUnit{"m", 60'000},
    DurationUnit{"s", 1'000},      DurationUnit{"ms", 1},
};

struct ByteUnit {
  char suffix;
  std::uint64_t bytes;
};
constexpr std::array byte_units = {ByteUnit{'T', 1ULL << 40}, ByteUnit{'G', 1ULL << 30},
                                   ByteUnit{'M', 1ULL << 20}, ByteUnit{'K', 1ULL << 10}};

constexpr double duration_ms_max = 100.0 * 365 * 86'400'000;  // a century: far from any overflow

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string_view number_text = text.substr(0, digits);
  const std::string_view suffix = digits == std::string_view::npos ? "s" : text.substr(digits);
  const auto number = parse_number<double>(number_text);
  for (const DurationUnit& unit : duration_units) {
    if (!number || unit.suffix != suffix) continue;
    const double ms = *number * static_cast<double>(unit.ms);
    if (ms > duration_ms_max) return fail("is longer than 100 years");
    return std::chrono::milliseconds(std::llround(ms));
  }
  return fail("is not a duration such as 500ms, 5s, 10m, 1h or 7d");
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  std::string_view suffix = digits == std::string_view::npos ? "" : text.substr(digits);
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  std::uint64_t factor = 1;
  for (const ByteUnit& unit : byte_units) {
    if (!suffix.starts_with(unit.suffix)) continue;
    factor = unit.bytes;
    suffix.remove_prefix(1);
    if (suffix == "iB") suffix = "";
    break;
  }
  if (suffix == "B") suffix = "";
  if (!number || !suffix.empty()) return fail("is not a size such as 4096, 64K, 512M or 10G");
  if (*number > std::numeric_limits<std::int64_t>::max() / factor) return fail("is larger than 8 EiB");
  return *number * factor;
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t ms = duration.count();
  if (ms == 0) return "0s";
  for (const DurationUnit& unit : duration_units) {
    if (ms % unit.ms == 0) return std::to_string(ms / unit.ms) + std::string(unit.suffix);
  }
  return std::to_string(ms) + "ms";
}

std::string format_bytes(std::uint64_t bytes) {
  for (const ByteUnit& unit : byte_units) {
    if (bytes != 0 && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + unit.suffix;
  }
  return std::to_string(bytes);
}

}  // namespace caretaker
