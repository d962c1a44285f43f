// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace caretaker {

// The `collector` of batches that hold one event or one job run.
inline constexpr std::string_view events_collector = "events";
inline constexpr std::string_view job_runs_collector = "job_runs";

// Samples that MySQL refused, of the batches after ?1 up to ?2.
inline constexpr std::string_view dead_samples_between =
    "SELECT count(*) FROM dead_letters WHERE seq > ?1 AND seq <= ?2 AND series <> 0";

[[nodiscard]] constexpr bool holds_samples(std::string_view collector) {
  return collector != events_collector && collector != job_runs_collector;
}

}  // namespace caretaker
