// SPDX-License-Identifier: MIT
#include "base/pause.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/random_id.h"

namespace caretaker {

bool pause_for(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  (void)never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

std::chrono::milliseconds jittered(std::chrono::milliseconds duration) {
  constexpr std::uint64_t steps = 1'001;
  const auto part = static_cast<std::int64_t>(static_cast<std::uint64_t>(random_id()) % steps);
  return duration * 3 / 4 + duration * part / 2'000;
}

}  // namespace caretaker
