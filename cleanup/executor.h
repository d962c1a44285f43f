// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "cleanup/engine_lock.h"
#include "cleanup/plan.h"
#include "docker/engine_client.h"

namespace caretaker {

inline constexpr std::chrono::milliseconds pull_wait_max{30'000};  // per deletion, for pulls under way
inline constexpr std::size_t consecutive_failures_max = 3;         // then the run ends
inline constexpr std::size_t prune_running_retries = 3;            // somebody else cleans up
inline constexpr std::chrono::milliseconds prune_running_delay{2'000};

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
  int http_status = 0;
  std::string message;  // what the engine said, or what has changed since the plan
  std::uint64_t reported_bytes = 0;
  std::int64_t ended_ms = 0;
};

// Carries out one action of a plan at a time: takes the lock against pulls, looks at the object and at
// everything that may use it once more (STALE plans are kept), deletes without force, verifies by GET. For
// one thread.
class Executor {
 public:
  struct Surroundings {
    EngineClient& engine;
    EngineLock& lock;
    const Clock& clock;
    // Grows whenever the engine told of an event; while it stands still since the inventory was taken,
    // containers are not listed again. nullopt: the stream is not connected, so look again every time.
    std::function<std::optional<std::uint64_t>()> generation;
  };
  // `inventory` and `plan` must outlive the executor; `generation` is that from before the inventory.
  Executor(Surroundings surroundings, const Inventory& inventory, const Plan& plan,
           std::optional<std::uint64_t> generation);

  [[nodiscard]] ActionOutcome execute(const PlannedAction& action, const std::stop_token& stop);

 private:
  // (developer's own)
};

}  // namespace caretaker
