// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace caretaker {

// Numbers and times as SQL literals, appended to a statement. Doubles read back as the same value (shortest
// text that does so, std::to_chars); they must be finite. Times are UTC milliseconds since the epoch:
// '2026-01-31 23:59:59.123'.
void append_integer(std::string& out, std::int64_t number);
void append_double(std::string& out, double number);
void append_time(std::string& out, std::int64_t time_ms);
// The same as a number, which servers read quicker: 20260131235959.123, without a fraction of 0.
void append_time_number(std::string& out, std::int64_t time_ms);

// "(SERIES_ID,TIME,VALUE)", a row of the table `samples`; `time` is a literal.
void append_sample_row(std::string& out, std::int64_t series_id, std::string_view time, double value);

// For statements put together with fmt.
[[nodiscard]] std::string time_literal(std::int64_t time_ms);

}  // namespace caretaker
