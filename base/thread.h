// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace caretaker {

// A thread with a name (15 bytes, as `ps -T` shows it) and a small stack. The owner joins it; a thread that
// is still running when its handle is destroyed was left behind on purpose (join_for said no) and is
// detached: its body must own what it uses.
class Thread {
 public:
  // Enough for SQLite, a TLS handshake and formatting; only touched pages cost memory.
  static constexpr std::size_t stack_bytes = 512U << 10;

  [[nodiscard]] static Result<Thread> start(const std::string& name, std::function<void()> body);

  Thread() = default;
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  [[nodiscard]] bool joinable() const { return joinable_; }
  void join();
  // False when the thread did not end in time.
  [[nodiscard]] bool join_for(std::chrono::milliseconds deadline);

 private:
  struct Ending;
  struct Start;
  static void* run(void* start);

  pthread_t handle_{};
  bool joinable_ = false;
  std::shared_ptr<Ending> ending_;  // shared with the thread
};

}  // namespace caretaker
