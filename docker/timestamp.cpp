// SPDX-License-Identifier: MIT
#include "docker/timestamp.h"

#include <chrono>
#include <limits>

#include "base/clock.h"
#include "base/parse.h"

namespace caretaker {
namespace {

constexpr std::size_t date_and_seconds = 19;  // "2024-02-29T23:59:59"
constexpr std::int64_t minutes_per_hour = 60;
constexpr std::int64_t seconds_per_minute = 60;
constexpr std::size_t fraction_digits_max = 9;

// `length` digits of `text` at `at`, at most `most`.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t length, unsigned most) {
  const auto number = parse_number<unsigned>(text.substr(at, length));
  if (!number || *number > most) return std::nullopt;
  return number;
}

// The milliseconds of ".123456789" at the front of `text`, which is taken off.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  std::size_t length = 0;
  std::int64_t ms = 0;
  text.remove_prefix(1);
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') {
    if (length < 3) ms = ms * 10 + (text[length] - '0');
    ++length;
  }
  if (length == 0 || length > fraction_digits_max) return std::nullopt;
  for (std::size_t digit = length; digit < 3; ++digit) ms *= 10;
  text.remove_prefix(length);
  return ms;
}

// The seconds east of Greenwich of "Z" or "+02:00".
std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = digits(text, 1, 2, 23);
  const auto minutes = digits(text, 4, 2, 59);
  if (!hours || !minutes) return std::nullopt;
  const std::int64_t seconds = (*hours * minutes_per_hour + *minutes) * seconds_per_minute;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  if (text.size() <= date_and_seconds) return std::nullopt;
  const bool separated = text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') &&
                         text[13] == ':' && text[16] == ':';
  const auto year = digits(text, 0, 4, 9999);
  const auto month = digits(text, 5, 2, 12);
  const auto day = digits(text, 8, 2, 31);
  const auto hour = digits(text, 11, 2, 23);
  const auto minute = digits(text, 14, 2, 59);
  const auto second = digits(text, 17, 2, 60);  // 60: a leap second
  if (!separated || !year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  std::string_view rest = text.substr(date_and_seconds);
  const auto fraction_ms = take_fraction(rest);
  const auto zone = parse_zone(rest);
  if (!fraction_ms || !zone) return std::nullopt;
  if (*year <= 1) return 0;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const std::int64_t seconds = std::chrono::seconds(days).count() +
                               (*hour * minutes_per_hour + *minute) * seconds_per_minute + *second - *zone;
  return seconds * ms_per_s + *fraction_ms;
}

std::int64_t seconds_to_ms(std::int64_t seconds) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / ms_per_s;
  if (seconds > most) return most * ms_per_s;
  if (seconds < -most) return -most * ms_per_s;
  return seconds * ms_per_s;
}

}  // namespace caretaker
