// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "support/container_engine.h"

namespace caretaker {

// Docker 20.10 (API 1.41) with the graph driver vfs: every layer is a full copy.
class DockerEngine : public ContainerEngine {
 public:
  // With `disk_bytes` its data are on a file system of that size of their own, which this process and those
  // that it starts see, and which outlives a restart of the engine.
  explicit DockerEngine(std::uint64_t disk_bytes = 0);
  ~DockerEngine() override;

 private:
  [[nodiscard]] Words command() const override;
  [[nodiscard]] Words volatile_paths() const override { return {"exec", "pid"}; }

  bool has_disk_ = false;
};

}  // namespace caretaker
