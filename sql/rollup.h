// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace caretaker {

inline constexpr std::int64_t minute_s = 60;
inline constexpr std::int64_t hour_s = 3'600;

// What one series did in a minute or an hour.
struct Rollup {
  std::int64_t count = 0;
  double min = 0;
  double max = 0;
  double sum = 0;
  double last = 0;  // the one stored last

  void add(const Rollup& later) {
    if (later.count == 0) return;
    min = count == 0 ? later.min : std::min(min, later.min);
    max = count == 0 ? later.max : std::max(max, later.max);
    // Never infinite, which SQL cannot store.
    sum = std::clamp(sum + later.sum, std::numeric_limits<double>::lowest(),
                     std::numeric_limits<double>::max());
    last = later.last;
    count += later.count;
  }
  void add(double value) { add({.count = 1, .min = value, .max = value, .sum = value, .last = value}); }
  bool operator==(const Rollup&) const = default;
};

// Rollups by the local number of their series, in ascending order. Adding is quick when it is done in that
// order, from one begin() on for each batch. Not thread safe.
class RollupSet {
 public:
  struct Entry {
    std::int64_t series;
    Rollup rollup;
  };
  using Position = std::size_t;

  // Adds to the series' rollup, looking for it from `from` on; returns where the next higher one may be.
  template <class Added>
  Position add(std::int64_t series, const Added& added, Position from) {
    auto entry = entries_.begin() + static_cast<std::ptrdiff_t>(from);
    if (entry == entries_.end() || entry->series != series) {
      entry = std::ranges::lower_bound(entry, entries_.end(), series, {}, &Entry::series);
      if (entry == entries_.end() || entry->series != series) entry = entries_.insert(entry, {series, {}});
    }
    entry->rollup.add(added);
    return static_cast<Position>(entry - entries_.begin()) + 1;
  }
  void clear() { entries_.clear(); }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace caretaker
