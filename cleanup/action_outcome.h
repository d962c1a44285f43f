// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace caretaker {

enum class ActionState : std::uint8_t {
  removed,   // and GET says that it is gone
  gone,      // somebody else was faster
  kept,      // in use or changed since the plan: nothing was removed
  deferred,  // pulls or somebody else's prune are under way; the next run's turn
  failed,
};
[[nodiscard]] std::string_view to_string(ActionState state);

struct ActionOutcome {
  ActionState state = ActionState::failed;
  int http_status = 0;  // of the deletion; 0: none was sent or no answer came
  // What the engine said, or what has changed since the plan; at most engine_message_bytes_max.
  std::string message;
  std::uint64_t reported_bytes = 0;
  std::int64_t ended_ms = 0;
};

}  // namespace caretaker
