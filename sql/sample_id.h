// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace caretaker {

// The key of the table `sample_rows` is seq << series_bits | series (sql/sqlite/004_sample_rows.sql). At 10
// batches per second `seq` lasts for 6,900 years.
inline constexpr int series_bits = 22;
inline constexpr std::int64_t series_max = (std::int64_t{1} << series_bits) - 1;

[[nodiscard]] constexpr std::int64_t sample_id(std::int64_t seq, std::int64_t series) {
  return seq << series_bits | series;
}

// The condition for the rows of the batches `from` to `to`, each a number or a parameter.
[[nodiscard]] inline std::string sample_rows_between(std::string_view from, std::string_view to) {
  return fmt::format("id BETWEEN {0} << {2} AND {1} << {2} | {3}", from, to, series_bits, series_max);
}

}  // namespace caretaker
