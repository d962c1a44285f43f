// SPDX-License-Identifier: MIT
#include "daemon/timetable.h"

#include <algorithm>

namespace caretaker {
namespace {

// The last tenth of the second stays free: a run should end in the second that it began in.
constexpr std::int64_t phase_ms_max = 900;

std::int64_t floor_to(std::int64_t value, std::int64_t grid) {
  return value - value % grid;
}

}  // namespace

Timetable::Timetable(const ClockReading& now, std::int64_t phase_ns, std::int64_t backward_steps)
    : phase_ns_(phase_ns),
      offset_ns_(now.realtime_ns - now.monotonic_ns),
      suspend_ns_(now.boottime_ns - now.monotonic_ns),
      backward_steps_(backward_steps) {}

std::int64_t Timetable::phase_of(std::int64_t id) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(id) % phase_ms_max) * ns_per_ms;
}

std::int64_t Timetable::phase_for(std::chrono::milliseconds interval, std::int64_t shift_ns) const {
  return (phase_ns_ + shift_ns) % (std::min(interval.count(), phase_ms_max) * ns_per_ms);
}

std::int64_t Timetable::fire_ns(const Entry& entry) const {
  const std::int64_t monotonic_ns = entry.next_ms * ns_per_ms + entry.phase_ns - offset_ns_;
  return floor_to(monotonic_ns, ns_per_ms) + ns_per_ms / 2;
}

// The newest grid moment whose wake-up has come at `now`. Half a millisecond of slack covers fire_ns'
// rounding.
std::int64_t Timetable::grid_at(const Entry& entry, const ClockReading& now) const {
  const std::int64_t since_phase_ns = wall_ns(now) - entry.phase_ns + ns_per_ms / 2;
  return floor_to(since_phase_ns / ns_per_ms, entry.interval_ms);
}

void Timetable::add(const std::string& name, std::chrono::milliseconds interval, const ClockReading& now,
                    std::int64_t shift_ns, std::int64_t spread_ns) {
  // Whole seconds, so that those who are spread still share their second with the other entries' wake-up.
  const std::int64_t seconds = interval.count() / ms_per_s;
  const std::int64_t away_ns = seconds == 0 ? 0 : spread_ns / ns_per_s % seconds * ns_per_s;
  Entry entry{.interval_ms = interval.count(), .phase_ns = phase_for(interval, shift_ns) + away_ns};
  entry.next_ms = grid_at(entry, now) + entry.interval_ms;
  remove(name);
  const auto added = entries_.emplace(name, entry).first;
  wakes_[{fire_ns(entry), added->first}] = &added->second;
}

void Timetable::remove(const std::string& name) {
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return;
  wakes_.erase({fire_ns(entry->second), name});
  entries_.erase(entry);
}

// Moves the entry behind its newest moment.
Timetable::Due Timetable::take(std::string_view name, Entry& entry, const ClockReading& now) const {
  const std::int64_t newest_ms = std::max(grid_at(entry, now), entry.next_ms);
  const auto missed = static_cast<std::uint64_t>((newest_ms - entry.next_ms) / entry.interval_ms);
  entry.next_ms = newest_ms;
  const Tick tick{.time_ms = newest_ms + backward_steps_ % ms_per_s,
                  .monotonic_ns = fire_ns(entry),
                  .discontinuities = discontinuities_};
  entry.next_ms += entry.interval_ms;
  return {.name = std::string(name), .tick = tick, .missed = missed};
}

std::vector<Timetable::Due> Timetable::take_due(const ClockReading& now) {
  std::vector<Due> due;
  std::vector<decltype(wakes_)::node_type> taken;
  while (!wakes_.empty() && wakes_.begin()->first.first <= now.monotonic_ns) {
    auto wake = wakes_.extract(wakes_.begin());
    Entry& entry = *wake.mapped();
    due.push_back(take(wake.key().second, entry, now));
    wake.key().first = fire_ns(entry);
    taken.push_back(std::move(wake));
  }
  for (auto& wake : taken) wakes_.insert(std::move(wake));
  return due;
}

std::optional<std::int64_t> Timetable::next_wake_ns() const {
  return wakes_.empty() ? std::nullopt : std::optional(wakes_.begin()->first.first);
}

std::int64_t Timetable::next_tick_ms(const std::string& name) const {
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? 0 : entry->second.next_ms;
}

Tick Timetable::tick_now(const ClockReading& now) const {
  std::int64_t time_ms = wall_ns(now) / ns_per_ms;
  // Never the key of a scheduled tick, which has exactly these milliseconds.
  if (time_ms % ms_per_s == backward_steps_ % ms_per_s) ++time_ms;
  return {.time_ms = time_ms, .monotonic_ns = now.monotonic_ns, .discontinuities = discontinuities_};
}

ClockChange Timetable::observe(const ClockReading& now) {
  const std::int64_t offset_ns = now.realtime_ns - now.monotonic_ns;
  const std::int64_t suspend_ns = now.boottime_ns - now.monotonic_ns;
  ClockChange change{.suspend_ns = suspend_ns - suspend_ns_};
  if (change.suspend_ns <= step_tolerance_ns) change.suspend_ns = 0;
  change.step_ns = offset_ns - offset_ns_ - change.suspend_ns;
  if (std::abs(change.step_ns) <= step_tolerance_ns) change.step_ns = 0;
  if (change.step_ns == 0 && change.suspend_ns == 0) return change;

  offset_ns_ = offset_ns;
  suspend_ns_ = suspend_ns;
  ++discontinuities_;
  if (change.suspend_ns != 0) ++suspends_;
  if (change.step_ns != 0) ++clock_steps_;
  if (change.step_ns < 0) ++backward_steps_;
  wakes_.clear();
  for (auto& [name, entry] : entries_) {
    entry.next_ms = grid_at(entry, now) + entry.interval_ms;
    wakes_[{fire_ns(entry), name}] = &entry;
  }
  return change;
}

}  // namespace caretaker
