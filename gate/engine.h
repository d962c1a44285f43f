// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>

#include "base/unique_fd.h"
#include "gate/refusal.h"

namespace caretaker {

// Connects to the engine's socket without waiting; a local socket answers at once. The refusal is what a
// client is told: 403 where the socket's permissions keep us out, 502 where nobody listens or
// the queue is full.
[[nodiscard]] std::expected<UniqueFd, Refusal> connect_engine(const std::string& path);

}  // namespace caretaker
