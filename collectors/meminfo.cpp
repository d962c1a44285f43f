// SPDX-License-Identifier: MIT
#include "collectors/meminfo.h"

#include <algorithm>
#include <limits>

#include "base/parse.h"
#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::uint64_t bytes_per_kb = 1024;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '(' ||
         c == ')';
}

}  // namespace

std::optional<MeminfoLine> parse_meminfo_line(std::string_view line) {
  std::string_view key = take_word(line);
  if (key.size() < 2 || !key.ends_with(':')) return std::nullopt;
  key.remove_suffix(1);
  if (!std::ranges::all_of(key, is_key_character)) return std::nullopt;
  const auto number = parse_number<std::uint64_t>(take_word(line));
  if (!number) return std::nullopt;
  const std::string_view unit = take_word(line);
  if (unit.empty()) return MeminfoLine{.key = key, .value = *number, .bytes = false};
  if (unit != "kB" || *number > std::numeric_limits<std::uint64_t>::max() / bytes_per_kb) return std::nullopt;
  return MeminfoLine{.key = key, .value = *number * bytes_per_kb, .bytes = true};
}

}  // namespace caretaker
