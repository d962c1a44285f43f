// SPDX-License-Identifier: MIT
// Loaded before the C library (LD_PRELOAD), it puts the wall clock of a program ahead by
// CARETAKER_CLOCK_AHEAD_S seconds: a week can pass in a test. Engines keep the true time.
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

std::int64_t seconds_ahead() {
  std::int64_t seconds = 0;
  if (const char* text = std::getenv("CARETAKER_CLOCK_AHEAD_S")) {
    (void)std::from_chars(text, text + std::strlen(text), seconds);
  }
  return seconds;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* time) noexcept {
  static const std::int64_t ahead = seconds_ahead();
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && wall) time->tv_sec += ahead;
  return static_cast<int>(result);
}
