// SPDX-License-Identifier: MIT
#include "sql/mysql_upkeep.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_lease.h"
#include "sql/mysql_maintenance.h"

namespace caretaker {
namespace {

constexpr std::chrono::hours interval{1};
// The shipped timer maintains daily; two times it may be late.
constexpr std::chrono::hours denial_grace{48};

// The first one, and how many more there are.
std::string note_of(const MaintenanceReport& report) {
  const std::size_t count = report.problems.size() + report.warnings.size();
  if (count == 0) return "";
  const std::string& first = report.problems.empty() ? report.warnings.front() : report.problems.front();
  return "MySQL maintenance: " + first + (count == 1 ? "" : fmt::format(" (and {} more)", count - 1)) +
         (report.fix.empty() ? "" : "; " + report.fix);
}

}  // namespace

MysqlUpkeep::MysqlUpkeep(const MysqlConfig& config, std::int64_t host_id, OnEvent on_event)
    : config_(config), on_event_(std::move(on_event)), holder_(host_id) {}

std::optional<std::string> MysqlUpkeep::run(MysqlConnection& connection, const std::string& system_monitor) {
  const auto now = std::chrono::steady_clock::now();
  if (now < due_) return std::nullopt;
  due_ = now + interval;
  const auto report =
      maintain_mysql(connection, config_, system_monitor, {.holder = holder_, .denial_grace = denial_grace});
  if (!report) return "MySQL maintenance: " + report.error().message;
  if (report->elsewhere) return std::nullopt;
  if (!report->finished) due_ = now;
  report_catch_all(*report);
  return note_of(*report);
}

void MysqlUpkeep::report_catch_all(const MaintenanceReport& report) {
  const std::uint64_t found = report.rows_moved + report.rows_in_catch_all;
  const bool had_some = std::exchange(catch_all_had_rows_, found > 0);
  if (found == 0 || had_some) return;
  on_event_(
      {SystemClock().now().realtime_ns / ns_per_ms, "catch_all_rows", mysql_address(config_),
       fmt::format("{} rows were in the catch-all partition: {} were moved to the days of their time, {} "
                   "stay there",
                   found, report.rows_moved, report.rows_in_catch_all)});
}

}  // namespace caretaker
