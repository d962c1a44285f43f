// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "systemd/unit_control.h"

namespace caretaker::ctl {

struct UnitCondition {
  bool loaded = false;  // the unit exists here
  bool active = false;  // or about to be
};

// The service manager of this machine, for any unit. Errors say what to do: EACCES or EPERM when the caller
// may not, ETIMEDOUT when it did not end in time.
class ServiceManager {
 public:
  ServiceManager() = default;
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  virtual ~ServiceManager() = default;

  // An error also where no service manager runs.
  [[nodiscard]] virtual Result<UnitCondition> condition(const std::string& unit) = 0;
  // Reads all unit files again, as `systemctl daemon-reload` does.
  [[nodiscard]] virtual Result<> reload() = 0;
  // Has the unit started at every boot. Does not start it.
  [[nodiscard]] virtual Result<> enable(const std::string& unit) = 0;
  // Asks for the action and waits for its end.
  [[nodiscard]] virtual Result<> apply(UnitAction action, const std::string& unit,
                                       std::chrono::milliseconds timeout) = 0;
};

}  // namespace caretaker::ctl
