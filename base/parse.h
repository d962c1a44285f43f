// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace caretaker {

// The whole of `text` as a decimal number, or nothing: no sign for unsigned types, no blanks, no overflow.
template <class T>
  requires std::integral<T> || std::floating_point<T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `500ms`, `5s`, `10m`, `1h`, `7d`; a bare number is seconds; fractions allowed (`0.5s`). Not negative.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// `4096`, `64K`, `512M`, `10G`, `1T`: powers of 1024, optional `B` or `iB` behind the letter.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

// The shortest text that the parsers above read back as the same value: `90s`, `10m`, `512M`.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace caretaker
