// SPDX-License-Identifier: MIT
#include "cleanup/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace caretaker {
namespace {

using std::string_view;

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;

struct Unit {
  std::int64_t ms;
  string_view one;
  string_view many;
};
constexpr Unit units[] = {
    {day_ms, "day", "days"}, {hour_ms, "h", "h"}, {minute_ms, "min", "min"}, {second_ms, "s", "s"}};

std::string in_unit(std::int64_t ms, const Unit& unit) {
  const std::int64_t count = ms / unit.ms;
  return fmt::format("{} {}", count, count == 1 ? unit.one : unit.many);
}

}  // namespace

std::string age_text(std::int64_t ms) {
  ms = std::max<std::int64_t>(ms, 0);
  // One of a unit is too coarse to say so: 47 h is not "1 day".
  for (const Unit& unit : units) {
    if (ms >= 2 * unit.ms) return in_unit(ms, unit);
  }
  return in_unit(ms, units[std::size(units) - 1]);
}

std::string setting_text(std::chrono::milliseconds setting) {
  for (const Unit& unit : units) {
    if (setting.count() >= unit.ms && setting.count() % unit.ms == 0) return in_unit(setting.count(), unit);
  }
  return setting.count() == 0 ? "0 s" : fmt::format("{} ms", setting.count());
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr string_view names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double step = 1024;
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / step;
  std::size_t name = 0;
  // 1023.95 would be printed as "1024.0".
  while (value >= 1023.95 && name + 1 < std::size(names)) {
    value /= step;
    ++name;
  }
  return fmt::format("{:.1f} {}", value, names[name]);
}

std::string count_text(std::uint64_t count, string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace caretaker
