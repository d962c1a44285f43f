// SPDX-License-Identifier: MIT
#include "cleanup/engine_lock.h"

#include <utility>

namespace caretaker {

EngineLock::Hold::Hold(EngineLock& lock, std::optional<std::string> reference)
    : lock_(&lock), reference_(std::move(reference)) {}

EngineLock::Hold::Hold(Hold&& other) noexcept
    : lock_(std::exchange(other.lock_, nullptr)), reference_(std::move(other.reference_)) {}

EngineLock::Hold::~Hold() {
  if (lock_ != nullptr) lock_->release(reference_);
}

std::optional<EngineLock::Hold> EngineLock::hold_for_pull(std::string reference,
                                                          const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !deleting_ && waiting_deletions_ == 0; });
  if (stop.stop_requested()) return std::nullopt;
  ++pulls_[reference];
  return Hold(*this, std::move(reference));
}

std::optional<EngineLock::Hold> EngineLock::hold_for_deletion(std::chrono::milliseconds deadline,
                                                              const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  ++waiting_deletions_;
  const bool alone = changed_.wait_for(lock, stop, deadline, [this] { return !deleting_ && pulls_.empty(); });
  --waiting_deletions_;
  if (!alone || stop.stop_requested()) {
    changed_.notify_all();  // pulls that stood behind this deletion
    return std::nullopt;
  }
  deleting_ = true;
  return Hold(*this, std::nullopt);
}

std::vector<std::string> EngineLock::pulls() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> references;
  references.reserve(pulls_.size());
  for (const auto& [reference, holds] : pulls_) references.push_back(reference);
  return references;
}

std::size_t EngineLock::waiting_deletions() const {
  const std::lock_guard lock(mutex_);
  return waiting_deletions_;
}

void EngineLock::release(const std::optional<std::string>& reference) {
  const std::lock_guard lock(mutex_);
  if (!reference) {
    deleting_ = false;
  } else if (const auto found = pulls_.find(*reference); found != pulls_.end() && --found->second == 0) {
    pulls_.erase(found);
  }
  changed_.notify_all();
}

}  // namespace caretaker
