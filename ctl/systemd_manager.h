// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/service_manager.h"

namespace caretaker::ctl {

// The system's systemd, over sd-bus. Connects for every call; one thread, blocks.
class SystemdManager final : public ServiceManager {
 public:
  [[nodiscard]] Result<UnitCondition> condition(const std::string& unit) override;
  [[nodiscard]] Result<> reload() override;
  [[nodiscard]] Result<> enable(const std::string& unit) override;
  [[nodiscard]] Result<> apply(UnitAction action, const std::string& unit,
                               std::chrono::milliseconds timeout) override;
};

}  // namespace caretaker::ctl
