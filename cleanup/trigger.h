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

// Which run is due. Pure state, one thread; monotonic times are given in.
class Triggers {
 public:
  // `last_run_ms`: UTC begin of the last recorded run, so that a restart does not begin a run at once; 0:
  // none.
  Triggers(std::int64_t last_run_ms, std::int64_t now_ms);

  void new_image(std::int64_t now_ms);
  [[nodiscard]] std::optional<Trigger> due(std::int64_t now_ms, bool pressure,
                                           const CleanupConfig& config) const;
  // A run has ended. `freed`: it made room.
  void ran(Trigger trigger, std::int64_t now_ms, bool freed);
  [[nodiscard]] std::int64_t next_interval_ms(const CleanupConfig& config) const;

 private:
  std::int64_t last_run_ms_;
  std::int64_t last_pressure_ms_ = 0;
  std::int64_t new_image_ms_ = 0;  // newest one that no run has followed; 0: none
  std::chrono::milliseconds pressure_retry_ = pressure_retry_min;
};

}  // namespace caretaker
