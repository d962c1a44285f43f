// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "base/clock.h"

namespace caretaker {

// A clock that moves only when the test says so. Not thread safe.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] ClockReading now() const override { return reading_; }

  void advance(std::chrono::nanoseconds by) {
    reading_.realtime_ns += by.count();
    reading_.monotonic_ns += by.count();
    reading_.boottime_ns += by.count();
  }
  // As settimeofday(2): only the wall clock moves.
  void step(std::chrono::nanoseconds by) { reading_.realtime_ns += by.count(); }
  // As a suspend: CLOCK_MONOTONIC stands still.
  void suspend(std::chrono::nanoseconds by) {
    reading_.realtime_ns += by.count();
    reading_.boottime_ns += by.count();
  }

 private:
  ClockReading reading_{.realtime_ns = 1'700'000'000 * ns_per_s,
                        .monotonic_ns = 1000 * ns_per_s,
                        .boottime_ns = 1000 * ns_per_s};
};

}  // namespace caretaker
