// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/sample.h"

namespace caretaker {

// What the clocks did since the last look.
struct ClockChange {
  std::int64_t step_ns = 0;     // wall clock set: forward > 0, backward < 0
  std::int64_t suspend_ns = 0;  // machine slept
};

// When every job is due: pure, main thread. Ticks lie on the wall-clock grid of each interval (UTC
// multiples), so that rows of different hosts join; the wake-up comes `phase` later, one fixed sub-second
// offset per host, and half a millisecond off the kernel's timer tick (load average aliasing). Between clock
// steps the schedule runs on CLOCK_MONOTONIC, free of drift. A tick that could not be served in time is
// skipped and counted, never queued.
class Timetable {
 public:
  // Steps up to this size only move the grid (NTP slewing, reading noise); larger ones are reported.
  static constexpr std::int64_t step_tolerance_ns = 100 * ns_per_ms;

  // `backward_steps`: how often the clock went back before, over the store's life.
  Timetable(const ClockReading& now, std::int64_t phase_ns, std::int64_t backward_steps = 0);
  Timetable(const Timetable&) = delete;  // wakes_ refers to entries_
  Timetable& operator=(const Timetable&) = delete;
  ~Timetable() = default;

  // A phase, or a shift of it, that spreads over the second what has different ids.
  [[nodiscard]] static std::int64_t phase_of(std::int64_t id);

  // The first tick is the next one on the grid. Replaces an entry of the same name. `shift_ns` moves the
  // wake-up, not the tick, away from that of the other entries; `spread_ns` by up to the interval.
  void add(const std::string& name, std::chrono::milliseconds interval, const ClockReading& now,
           std::int64_t shift_ns = 0, std::int64_t spread_ns = 0);
  void remove(const std::string& name);

  struct Due {
    std::string name;
    Tick tick;
    std::uint64_t missed = 0;  // ticks before this one that were skipped
  };
  // What is due now in the order of its moments, each entry at most once; moves the entries on. Takes time
  // for what is due, not for what else there is.
  [[nodiscard]] std::vector<Due> take_due(const ClockReading& now);

  // CLOCK_MONOTONIC of the next wake-up; none when nothing is scheduled.
  [[nodiscard]] std::optional<std::int64_t> next_wake_ns() const;
  // UTC of an entry's next tick, 0 when it is not scheduled.
  [[nodiscard]] std::int64_t next_tick_ms(const std::string& name) const;

  // The tick for a run outside of the schedule: now, to the millisecond.
  [[nodiscard]] Tick tick_now(const ClockReading& now) const;

  // Looks for clock steps and suspends; after one, every entry continues on the new grid and ticks carry a
  // new discontinuity number. After the n-th backward step they also carry n milliseconds, so that keys stay
  // unique.
  [[nodiscard]] ClockChange observe(const ClockReading& now);

  [[nodiscard]] std::int64_t backward_steps() const { return backward_steps_; }
  [[nodiscard]] std::uint64_t clock_steps() const { return clock_steps_; }
  [[nodiscard]] std::uint64_t suspends() const { return suspends_; }

 private:
  struct Entry {
    std::int64_t interval_ms = 0;
    std::int64_t next_ms = 0;   // wall clock, on the grid
    std::int64_t phase_ns = 0;  // of the wake-up after the grid
  };

  [[nodiscard]] std::int64_t wall_ns(const ClockReading& now) const { return now.monotonic_ns + offset_ns_; }
  [[nodiscard]] std::int64_t phase_for(std::chrono::milliseconds interval, std::int64_t shift_ns) const;
  [[nodiscard]] std::int64_t fire_ns(const Entry& entry) const;
  [[nodiscard]] std::int64_t grid_at(const Entry& entry, const ClockReading& now) const;
  Due take(std::string_view name, Entry& entry, const ClockReading& now) const;

  std::int64_t phase_ns_;
  std::int64_t offset_ns_;   // realtime - monotonic at the last anchor
  std::int64_t suspend_ns_;  // boottime - monotonic at the last anchor
  std::uint32_t discontinuities_ = 0;
  std::int64_t backward_steps_;
  std::uint64_t clock_steps_ = 0;
  std::uint64_t suspends_ = 0;
  std::map<std::string, Entry> entries_;
  // Every entry by its fire_ns and its name there.
  std::map<std::pair<std::int64_t, std::string_view>, Entry*> wakes_;
};

}  // namespace caretaker
