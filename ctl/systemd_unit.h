// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/service_unit.h"

namespace caretaker::ctl {

// caretaker.service of the system's systemd, over sd-bus. Connects for every call; one thread, blocks.
class SystemdUnit final : public ServiceUnit {
 public:
  [[nodiscard]] bool is_loaded() override;
  [[nodiscard]] Result<> apply(ServiceAction action, std::chrono::milliseconds timeout) override;
};

}  // namespace caretaker::ctl
