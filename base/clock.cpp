// SPDX-License-Identifier: MIT
#include "base/clock.h"

#include <ctime>

namespace caretaker {
namespace {

std::int64_t read_ns(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);  // cannot fail for these ids on Linux
  return time.tv_sec * ns_per_s + time.tv_nsec;
}

}  // namespace

ClockReading SystemClock::now() const {
  return {.realtime_ns = read_ns(CLOCK_REALTIME),
          .monotonic_ns = read_ns(CLOCK_MONOTONIC),
          .boottime_ns = read_ns(CLOCK_BOOTTIME)};
}

}  // namespace caretaker
