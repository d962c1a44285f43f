// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/config.h"

namespace caretaker {

enum class Trigger : std::uint8_t { interval, pressure, manual, new_image };
[[nodiscard]] std::string_view to_string(Trigger trigger);

inline constexpr std::chrono::milliseconds new_image_quiet{60'000};        // debounce
inline constexpr std::chrono::milliseconds pressure_retry_min{60'000};     // after a run that freed something
inline constexpr std::chrono::milliseconds pressure_retry_max{3'600'000};  // doubles while runs free nothing

// Which run is due. Pure state, one thread; times are UTC milliseconds and given in. A clock that goes back
// never blocks a trigger: what lies in the future of now has been long enough ago.
class Triggers {
 public:
  // `last_run_ms`: UTC begin of the last recorded run, so that a restart does not begin a run at once; 0:
  // none, and the first one is due at once.
  Triggers(std::int64_t last_run_ms, std::int64_t now_ms);

  // An image was pulled, built, loaded or tagged.
  void new_image(std::int64_t now_ms);
  // The most urgent one: pressure, unless the runs before freed nothing a short time ago; a new image, when
  // no other came for new_image_quiet; the interval.
  [[nodiscard]] std::optional<Trigger> due(std::int64_t now_ms, bool pressure,
                                           const CleanupConfig& config) const;
  // A run has ended. `freed`: it made room.
  void ran(Trigger trigger, std::int64_t now_ms, bool freed);
  // When the interval is over; 0: at once, there was no run yet.
  [[nodiscard]] std::int64_t next_interval_ms(const CleanupConfig& config) const;

 private:
  std::int64_t last_run_ms_;
  std::int64_t last_pressure_ms_ = 0;  // end of the last run under pressure; 0: none
  std::int64_t new_image_ms_ = 0;      // newest one that no run has followed; 0: none
  std::chrono::milliseconds pressure_retry_ = pressure_retry_min;
};

}  // namespace caretaker
