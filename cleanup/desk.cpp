// SPDX-License-Identifier: MIT
#include "cleanup/desk.h"

#include <utility>

namespace caretaker {

using Lock = std::lock_guard<std::mutex>;

void CleanupDesk::leave(std::shared_ptr<CleanupWish> wish) {
  const Lock lock(mutex_);
  wish_ = std::move(wish);
}

std::shared_ptr<CleanupWish> CleanupDesk::take() {
  const Lock lock(mutex_);
  return std::exchange(wish_, nullptr);
}

void CleanupDesk::withdraw(const std::shared_ptr<CleanupWish>& wish) {
  const Lock lock(mutex_);
  if (wish_ == wish) wish_.reset();
}

void CleanupDesk::set_status(CleanupStatus status) {
  const Lock lock(mutex_);
  status.progress = std::move(status_.progress);
  status.last_run = std::move(status_.last_run);
  status_ = std::move(status);
}

void CleanupDesk::set_progress(std::optional<CleanupProgress> progress) {
  const Lock lock(mutex_);
  status_.progress = std::move(progress);
}

void CleanupDesk::set_last_run(const CleanupRun& run) {
  const Lock lock(mutex_);
  status_.last_run = run;
}

CleanupStatus CleanupDesk::status() const {
  const Lock lock(mutex_);
  return status_;
}

}  // namespace caretaker
