// SPDX-License-Identifier: MIT
#include "sql/mysql_literal.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <iterator>

namespace caretaker {
namespace {

template <class T>
void append_number(std::string& out, T number) {
  char text[32];  // the longest: "-2.2250738585072014e-308"
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  out.append(text, end);
}

struct UtcTime {
  explicit UtcTime(std::int64_t time_ms)
      : moment{std::chrono::milliseconds{time_ms}},
        day{std::chrono::floor<std::chrono::days>(moment)},
        date{day},
        time{moment - day} {}

  [[nodiscard]] int year() const { return static_cast<int>(date.year()); }
  [[nodiscard]] unsigned month() const { return static_cast<unsigned>(date.month()); }
  [[nodiscard]] unsigned day_of_month() const { return static_cast<unsigned>(date.day()); }

  std::chrono::sys_time<std::chrono::milliseconds> moment;
  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

}  // namespace

void append_integer(std::string& out, std::int64_t number) {
  append_number(out, number);
}

void append_double(std::string& out, double number) {
  append_number(out, number);
}

void append_time(std::string& out, std::int64_t time_ms) {
  const UtcTime utc(time_ms);
  fmt::format_to(std::back_inserter(out), "'{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}'", utc.year(),
                 utc.month(), utc.day_of_month(), utc.time.hours().count(), utc.time.minutes().count(),
                 utc.time.seconds().count(), utc.time.subseconds().count());
}

void append_time_number(std::string& out, std::int64_t time_ms) {
  const UtcTime utc(time_ms);
  fmt::format_to(std::back_inserter(out), "{:04}{:02}{:02}{:02}{:02}{:02}", utc.year(), utc.month(),
                 utc.day_of_month(), utc.time.hours().count(), utc.time.minutes().count(),
                 utc.time.seconds().count());
  const auto fraction = utc.time.subseconds().count();
  if (fraction != 0) fmt::format_to(std::back_inserter(out), ".{:03}", fraction);
}

void append_sample_row(std::string& out, std::int64_t series_id, std::string_view time, double value) {
  out += '(';
  append_integer(out, series_id);
  out += ',';
  out += time;
  out += ',';
  append_double(out, value);
  out += ')';
}

std::string time_literal(std::int64_t time_ms) {
  std::string out;
  append_time(out, time_ms);
  return out;
}

}  // namespace caretaker
