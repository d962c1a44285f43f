// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace caretaker {

// Far beyond what any machine needs: it only ends a test that would never pass.
inline constexpr std::chrono::seconds patience{40};

// Asks again and again until the answer is yes. False when it never was.
template <std::predicate Predicate>
[[nodiscard]] bool eventually(Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace caretaker
