// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace caretaker {

// The `collector` of batches that hold one event, one job run or one record of cleanup.
inline constexpr std::string_view events_collector = "events";
inline constexpr std::string_view job_runs_collector = "job_runs";
inline constexpr std::string_view cleanup_runs_collector = "cleanup_runs";
inline constexpr std::string_view cleanup_actions_collector = "cleanup_actions";
inline constexpr std::array<std::string_view, 4> record_collectors = {
    events_collector, job_runs_collector, cleanup_runs_collector, cleanup_actions_collector};

// Samples that MySQL refused, of the batches after ?1 up to ?2.
inline constexpr std::string_view dead_samples_between =
    "SELECT count(*) FROM dead_letters WHERE seq > ?1 AND seq <= ?2 AND series <> 0";

[[nodiscard]] constexpr bool holds_samples(std::string_view collector) {
  return std::ranges::find(record_collectors, collector) == record_collectors.end();
}

// holds_samples() as a condition on the table `batches`.
[[nodiscard]] inline std::string holds_samples_sql() {
  std::string sql = "collector NOT IN (";
  for (const std::string_view collector : record_collectors) {
    if (collector != record_collectors.front()) sql += ", ";
    sql.append("'").append(collector).append("'");
  }
  return sql + ")";
}

}  // namespace caretaker
