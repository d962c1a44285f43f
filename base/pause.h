// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <stop_token>

namespace caretaker {

// Waits so long, or until asked to stop. False: asked to stop.
[[nodiscard]] bool pause_for(std::chrono::milliseconds duration, const std::stop_token& stop);

// A random duration between three quarters of `duration` and five quarters, so that many hosts, and many
// cleanups on one host, do not try again at the same moment.
[[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds duration);

}  // namespace caretaker
