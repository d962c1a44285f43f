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

}  // namespace

void append_integer(std::string& out, std::int64_t number) {
  append_number(out, number);
}

void append_double(std::string& out, double number) {
  append_number(out, number);
}

void append_time(std::string& out, std::int64_t time_ms) {
  using std::chrono::milliseconds;
  const std::chrono::sys_time<milliseconds> moment{milliseconds{time_ms}};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<milliseconds> time{moment - day};
  fmt::format_to(std::back_inserter(out), "'{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}'",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                 time.seconds().count(), time.subseconds().count());
}

std::string time_literal(std::int64_t time_ms) {
  std::string out;
  append_time(out, time_ms);
  return out;
}

}  // namespace caretaker
