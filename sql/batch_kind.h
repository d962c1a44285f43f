// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace caretaker {

// The `collector` of batches that hold one event or one job run.
inline constexpr std::string_view events_collector = "events";
inline constexpr std::string_view job_runs_collector = "job_runs";

[[nodiscard]] constexpr bool holds_samples(std::string_view collector) {
  return collector != events_collector && collector != job_runs_collector;
}

}  // namespace caretaker
