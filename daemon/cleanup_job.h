// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "cleanup/cleanup.h"
#include "daemon/job.h"

namespace caretaker {

// Looks at the engine and the disks, and cleans up when that is due or wished for.
class CleanupJob final : public JobWork {
 public:
  CleanupJob(CleanupPolicy policy, CleanupSurroundings surroundings)
      : cleanup_(std::move(policy), std::move(surroundings)) {}
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token& stop) override;

 private:
  Cleanup cleanup_;
};

}  // namespace caretaker
