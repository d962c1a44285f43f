// SPDX-License-Identifier: MIT
#include "ctl/format.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ctime>
#include <limits>

#include "base/clock.h"
#include "base/text.h"

namespace caretaker::ctl {
namespace {

constexpr std::int64_t ms_per_minute = 60 * ms_per_s;
constexpr std::int64_t ms_per_hour = 60 * ms_per_minute;
constexpr std::int64_t ms_per_day = 24 * ms_per_hour;
constexpr double integer_exact_max = 9007199254740992.0;  // 2^53: a double counts no further

// The code point of the well-formed UTF-8 sequence at the front of `text`, which it takes off.
char32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  constexpr std::array<unsigned, 5> lead_masks = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code_point = lead & lead_masks[length];
  for (const char byte : text.substr(1, length - 1)) {
    code_point = (code_point << 6) | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  text.remove_prefix(length);
  return code_point;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

// Line separators and the marks that reorder the text around them.
bool is_layout_mark(char32_t c) {
  return c == 0x2028 || c == 0x2029 || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

template <class Predicate>
std::string escape_if(std::string_view valid_utf8, Predicate is_escaped) {
  std::string out;
  while (!valid_utf8.empty()) {
    const std::string_view before = valid_utf8;
    const char32_t code_point = take_code_point(valid_utf8);
    if (is_escaped(code_point)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code_point));
    } else {
      out += before.substr(0, before.size() - valid_utf8.size());
    }
  }
  return out;
}

// With every byte that is not UTF-8 as U+FFFD.
std::string repair_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length < 4 && length < text.size() && !is_valid_utf8(text.substr(0, length))) ++length;
    if (is_valid_utf8(text.substr(0, length))) {
      out += text.substr(0, length);
    } else {
      out += "\xEF\xBF\xBD";
      length = 1;
    }
    text.remove_prefix(length);
  }
  return out;
}

// Three significant digits: 1.23, 12.3, 123.
std::string three_digits(double number) {
  const int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text;
}

}  // namespace

std::string format_size(double bytes) {
  constexpr std::array<std::string_view, 7> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 0) return "-" + format_size(-bytes);
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", three_digits(bytes), units[unit]);
}

std::string format_rate(double bytes_per_second) {
  return format_size(bytes_per_second) + "/s";
}

std::string format_percent(double percent) {
  return fmt::format("{:.1f} %", percent);
}

std::string format_span(std::int64_t span_ms) {
  if (span_ms < ms_per_s) return fmt::format("{} ms", std::max<std::int64_t>(span_ms, 0));
  if (span_ms < 10 * ms_per_s && span_ms % ms_per_s >= 100) {
    return fmt::format("{}.{} s", span_ms / ms_per_s, span_ms % ms_per_s / 100);
  }
  if (span_ms < ms_per_minute) return fmt::format("{} s", span_ms / ms_per_s);
  if (span_ms < ms_per_hour) {
    return fmt::format("{}m {}s", span_ms / ms_per_minute, span_ms % ms_per_minute / ms_per_s);
  }
  if (span_ms < ms_per_day) {
    return fmt::format("{}h {}m", span_ms / ms_per_hour, span_ms % ms_per_hour / ms_per_minute);
  }
  return fmt::format("{}d {}h", span_ms / ms_per_day, span_ms % ms_per_day / ms_per_hour);
}

std::string format_duration_ms(double duration_ms) {
  if (duration_ms < 0) return "0 ms";
  if (duration_ms < 999.5) return three_digits(duration_ms) + " ms";
  return format_span(static_cast<std::int64_t>(std::min(duration_ms, integer_exact_max)));
}

std::string format_count(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t digits = 3; digits < text.size(); digits += 4) text.insert(text.size() - digits, 1, ',');
  return text;
}

std::string format_time(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / ms_per_s;
  std::tm fields{};
  ::localtime_r(&seconds, &fields);  // 64-bit milliseconds always fit
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &fields);
  return text.data();
}

std::string format_value(double value, std::string_view unit) {
  if (unit == "bytes") return format_size(value);
  if (std::trunc(value) == value && std::abs(value) < integer_exact_max) return fmt::format("{:.0f}", value);
  return fmt::format("{:.6g}", value);
}

std::int64_t elapsed_ms(std::int64_t earlier_ms, std::int64_t later_ms) {
  if (later_ms <= earlier_ms) return 0;
  std::int64_t elapsed = 0;
  if (__builtin_sub_overflow(later_ms, earlier_ms, &elapsed)) return std::numeric_limits<std::int64_t>::max();
  return elapsed;
}

std::string escape_text(std::string_view text) {
  return escape_if(repair_utf8(text), [](char32_t c) { return is_control(c) || is_layout_mark(c); });
}

std::string escape_json_controls(std::string_view json) {
  // Below 0x20 only blanks between tokens are left in valid JSON.
  return escape_if(json, [](char32_t c) { return c >= 0x20 && is_control(c); });
}

}  // namespace caretaker::ctl
