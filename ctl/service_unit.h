// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.h"

namespace caretaker::ctl {

enum class ServiceAction : std::uint8_t { start, stop, restart };

// caretaker.service as the service manager of this machine sees it.
class ServiceUnit {
 public:
  ServiceUnit() = default;
  ServiceUnit(const ServiceUnit&) = delete;
  ServiceUnit& operator=(const ServiceUnit&) = delete;
  virtual ~ServiceUnit() = default;

  // Whether the unit exists here; false also where no service manager runs.
  [[nodiscard]] virtual bool is_loaded() = 0;

  // Asks for the action and waits for its end, at most `timeout`. Error codes: EACCES or EPERM when the
  // caller may not, ETIMEDOUT when it did not end in time, anything else when it failed.
  [[nodiscard]] virtual Result<> apply(ServiceAction action, std::chrono::milliseconds timeout) = 0;
};

}  // namespace caretaker::ctl
