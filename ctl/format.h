// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Values as people read them. Pure functions of their arguments, except format_time (the TZ environment).
namespace caretaker::ctl {

// "0 B", "512 B", "1.5 KiB", "12 GiB": three significant digits, powers of 1024.
[[nodiscard]] std::string format_size(double bytes);
// "1.5 KiB/s"
[[nodiscard]] std::string format_rate(double bytes_per_second);
// "12.5 %"
[[nodiscard]] std::string format_percent(double percent);
// "12 ms", "1.5 s", "12 s", "2m 3s", "3h 4m", "5d 6h"; negative spans are "0 ms".
[[nodiscard]] std::string format_span(std::int64_t span_ms);
// The same for measured durations, with three digits below a second: "0.35 ms".
[[nodiscard]] std::string format_duration_ms(double duration_ms);
// "1,234,567"
[[nodiscard]] std::string format_count(std::uint64_t count);
// "2025-11-21 05:16:40" in the local time zone.
[[nodiscard]] std::string format_time(std::int64_t time_ms);
// A sample's value: bytes as sizes, whole numbers in full, others with six significant digits.
[[nodiscard]] std::string format_value(double value, std::string_view unit);

// The span from `earlier_ms` to `later_ms` without overflow, at least 0.
[[nodiscard]] std::int64_t elapsed_ms(std::int64_t earlier_ms, std::int64_t later_ms);

// Text of unknown origin for a terminal: control characters, line and direction marks become \uNNNN, bytes
// that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string escape_text(std::string_view text);

// Valid JSON in which DEL and the C1 control characters, which JSON allows in strings, are \u00NN.
[[nodiscard]] std::string escape_json_controls(std::string_view json);

}  // namespace caretaker::ctl
