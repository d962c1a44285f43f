// SPDX-License-Identifier: MIT
#pragma once

#include "support/container_engine.h"

namespace caretaker {

// Podman 4.3 as a service: Docker's API 1.41 and its own.
class PodmanService : public ContainerEngine {
 public:
  PodmanService();

 private:
  [[nodiscard]] Words command() const override;
  [[nodiscard]] Words environment() const override;
  [[nodiscard]] Words volatile_paths() const override { return {"exec", "tmp", "engine.sock"}; }
};

}  // namespace caretaker
