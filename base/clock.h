// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace caretaker {

inline constexpr std::int64_t ns_per_us = 1'000;
inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t ns_per_s = 1'000'000'000;
inline constexpr std::int64_t ms_per_s = 1'000;

[[nodiscard]] constexpr double ns_to_seconds(std::int64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(ns_per_s);
}

// The kernel's clocks read one right after the other, in nanoseconds (clock_gettime(2)).
struct ClockReading {
  std::int64_t realtime_ns = 0;   // CLOCK_REALTIME, UTC since the epoch; can step
  std::int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC; stands still during suspend
  std::int64_t boottime_ns = 0;   // CLOCK_BOOTTIME; goes on during suspend
};

// The time, injected. Implementations are thread safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual ClockReading now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] ClockReading now() const override;
};

}  // namespace caretaker
