// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace caretaker {

// Keeps our pulls and our deletions on one engine apart: pulls share it, a deletion excludes them, because
// engines have lost the content of images that were pulled while others were removed (moby#53321). A deletion
// that waits goes before new pulls. All functions from any thread; holds must not outlive the lock.
class EngineLock {
 public:
  class Hold {  // ends with its life; move only
   public:
    Hold(Hold&&) noexcept;
    Hold& operator=(Hold&&) = delete;
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

   private:
    friend class EngineLock;
    Hold(EngineLock& lock, std::optional<std::string> reference);
    EngineLock* lock_;                      // null: moved from
    std::optional<std::string> reference_;  // of a pull; none: a deletion
  };

  // Waits while something is being deleted. Nothing: asked to stop. `reference` is in pulls() meanwhile.
  [[nodiscard]] std::optional<Hold> hold_for_pull(std::string reference, const std::stop_token& stop);
  // Nothing: pulls are still under way at the deadline, or asked to stop.
  [[nodiscard]] std::optional<Hold> hold_for_deletion(std::chrono::milliseconds deadline,
                                                      const std::stop_token& stop);
  // References being pulled now, each once.
  [[nodiscard]] std::vector<std::string> pulls() const;
  // Deletions that wait for the end of pulls or of another deletion.
  [[nodiscard]] std::size_t waiting_deletions() const;

 private:
  void release(const std::optional<std::string>& reference);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::size_t> pulls_;  // guarded by mutex_
  std::size_t waiting_deletions_ = 0;         // guarded by mutex_
  bool deleting_ = false;                     // guarded by mutex_
};

}  // namespace caretaker
