// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cleanup/action_outcome.h"
#include "cleanup/engine_lock.h"
#include "cleanup/plan.h"
#include "cleanup/second_look.h"
#include "docker/engine_client.h"

namespace caretaker {

inline constexpr std::chrono::milliseconds pull_wait_max{30'000};  // per deletion, for pulls under way
inline constexpr std::size_t consecutive_failures_max = 3;         // then the run ends
inline constexpr std::size_t prune_running_retries = 3;  // somebody else cleans up, or asks too much
inline constexpr std::chrono::milliseconds prune_running_delay{2'000};

// How long a deletion waits for others.
struct ExecutorPatience {
  std::chrono::milliseconds pull_wait = pull_wait_max;
  std::chrono::milliseconds prune_running_delay = caretaker::prune_running_delay;
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
           std::optional<std::uint64_t> generation, ExecutorPatience patience = {});

  // Of an image with several tags all go, or those before the one that could not: then the message names
  // them. Once pulls have outlasted the wait, the next actions do not wait for them again.
  [[nodiscard]] ActionOutcome execute(const PlannedAction& action, const std::stop_token& stop);

 private:
  // What is left of a target when its deletion was answered, or was not.
  struct Remains;

  ActionOutcome attempt(const PlannedAction& action, const std::stop_token& stop);
  ActionOutcome prune_build_cache(const PlannedAction& action, const std::stop_token& stop);
  ActionOutcome remove(const Verdict& verdict, const PlannedAction& action, const std::stop_token& stop);
  ActionOutcome remove_target(const Verdict& verdict, const std::string& target,
                              const std::vector<std::string>& tags, const std::stop_token& stop);
  EngineResult<Removed> send(ObjectKind kind, const std::string& target, const std::stop_token& stop);
  ActionOutcome verified(const Verdict& verdict, const std::string& target, const Removed& removed,
                         const std::stop_token& stop);
  ActionOutcome refused(const Verdict& verdict, const std::string& target, const EngineError& error,
                        const std::stop_token& stop);
  Remains look_for(const Verdict& verdict, const std::string& target, const std::stop_token& stop);

  EngineClient& engine_;
  EngineLock& lock_;
  const Clock& clock_;
  const Plan& plan_;
  ExecutorPatience patience_;
  SecondLook second_look_;
  bool failed_ = false;           // the last action did
  bool pulls_outlasted_ = false;  // the last wait for pulls was in vain
};

}  // namespace caretaker
