// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/record.h"
#include "config/config.h"

namespace caretaker {

class MysqlConnection;
struct MaintenanceReport;

// The maintenance that an agent does beside its delivery: when it first connects and every hour after, as far
// as its account may. Delivery does without it, so a failure is only worth a note. Runs on the `mysql` job's
// thread; the configuration must outlive it.
class MysqlUpkeep {
 public:
  using OnEvent = std::function<void(Event)>;
  MysqlUpkeep(const MysqlConfig& config, std::int64_t host_id, OnEvent on_event);

  // Of the leases that this agent takes: the host's id, so that one that was killed gets its own ones again.
  [[nodiscard]] std::int64_t holder() const { return holder_; }

  // What people should know, maybe nothing; no value while it is not due or another host does it. Rows in the
  // catch-all are an event, once until there are none.
  [[nodiscard]] std::optional<std::string> run(MysqlConnection& connection,
                                               const std::string& system_monitor);

 private:
  void report_catch_all(const MaintenanceReport& report);

  const MysqlConfig& config_;
  const OnEvent on_event_;
  const std::int64_t holder_;
  std::chrono::steady_clock::time_point due_;
  bool catch_all_had_rows_ = false;
};

}  // namespace caretaker
