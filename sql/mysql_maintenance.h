// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace caretaker {

class MysqlConnection;

struct MaintenanceOptions {
  std::int64_t holder = 0;           // as MysqlLease wants it
  bool dry_run = false;              // only say what would be done
  std::uint64_t rows_max = 100'000;  // old rows that are deleted per table; the rest waits for the next run
  // A right that is missing is a problem only when something waits for it so long: until then somebody else,
  // such as the daily caretaker-mysql-maintain.timer, may do it.
  std::chrono::milliseconds denial_grace{0};
};

struct MaintenanceReport {
  bool elsewhere = false;  // another host holds the lease, so nothing was looked at
  bool finished = true;    // false: rows_max was reached, another run goes on
  std::uint64_t partitions_added = 0;
  std::uint64_t partitions_dropped = 0;
  std::uint64_t rows_moved = 0;         // from the catch-all into the partitions of their time
  std::uint64_t rows_in_catch_all = 0;  // that stay there: their time is in the future
  std::uint64_t rows_deleted = 0;       // of the tables without partitions
  std::vector<std::string> actions;     // what was done (dry run: would be), one line each
  std::vector<std::string> problems;    // what could not be done
  std::string fix;                      // what helps where a right is missing; else empty
  std::vector<std::string> warnings;    // what people should look at
};

// Retention and partitions of the chosen database (`system_monitor` as MysqlSchema has it): makes the
// partitions that are missing ahead, moves the rows that landed in the catch-all, drops partitions and
// deletes rows that are older than [mysql] retention, retention_1m and retention_1h. Three questions when
// there is nothing to do. Only one host at a time, under the lease `maintenance`; may end anywhere and run
// again. What the account may not do is a problem in the report, and everything else is still done; an error
// is one that leaves no use for the connection.
[[nodiscard]] Result<MaintenanceReport> maintain_mysql(MysqlConnection& connection, const MysqlConfig& config,
                                                       const std::string& system_monitor,
                                                       const MaintenanceOptions& options);

// For an administrator: connects, brings the tables forward to this version, and maintains them, whatever it
// takes. Waits up to `wait` for another host that does it now. Errors say what to do about them.
inline constexpr std::chrono::milliseconds other_host_wait{90'000};
[[nodiscard]] Result<MaintenanceReport> connect_and_maintain_mysql(
    const MysqlConfig& config, bool dry_run, std::chrono::milliseconds wait = other_host_wait);

}  // namespace caretaker
