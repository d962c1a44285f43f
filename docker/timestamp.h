// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace caretaker {

// Milliseconds since the epoch of an RFC 3339 time as Go writes it: "2024-02-29T23:59:59.123456789+02:00".
// Go's zero time, year 1, gives 0. Nothing where the text is no such time.
[[nodiscard]] std::optional<std::int64_t> parse_timestamp_ms(std::string_view text);

// Seconds as milliseconds; what does not fit becomes the nearest that does.
[[nodiscard]] std::int64_t seconds_to_ms(std::int64_t seconds);

}  // namespace caretaker
