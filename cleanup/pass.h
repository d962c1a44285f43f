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
#include "base/filesystem_space.h"
#include "cleanup/desk.h"
#include "cleanup/engine_lock.h"
#include "cleanup/event_watch.h"
#include "cleanup/executor.h"
#include "cleanup/plan.h"
#include "cleanup/trigger.h"
#include "cleanup/usage_history.h"
#include "docker/engine_client.h"
#include "sql/local_store.h"

namespace caretaker {

// So long the plan may take to reach the disk before anything is deleted. Without it volumes and containers
// stay; what can be made again goes all the same, because the full disk may be the very reason.
inline constexpr std::chrono::milliseconds plan_record_wait{10'000};

// What a pass is asked for.
struct PassOrder {
  Trigger trigger = Trigger::interval;
  std::string mode;                // enforce, observe or dry_run
  bool record = true;              // in the store; a plan that somebody only looks at is not
  std::string held;                // why it deletes nothing; empty: it deletes what it records
  std::uint64_t wanted_bytes = 0;  // see PlanMoment
  bool supposed = false;           // for disks that are not as full as that: no state of things
};

// One pass over an engine, from the inventory to the last record: lists everything, brings the history up to
// date, plans, records the plan, deletes one object after the other, records what came of it. On the cleanup
// job's thread.
class CleanupPass {
 public:
  struct Parts {  // all of them outlive the pass
    const CleanupPolicy& policy;
    EngineClient& engine;
    EventWatch& watch;
    UsageHistory& history;
    LocalStore& store;
    EngineLock& lock;
    CleanupDesk& desk;
    const Clock& clock;
    // Measures the disks anew.
    std::function<std::vector<DiskUse>()> disks;
    // Events that came meanwhile. False: the stream is not open, so uses may be missed.
    std::function<bool()> take_in_events;
  };
  explicit CleanupPass(Parts parts) : parts_(std::move(parts)) {}

  // An error: the engine could not be listed at all, nothing was planned. Everything else is told by the
  // report.
  [[nodiscard]] EngineResult<CleanupReport> run(const PassOrder& order, const std::stop_token& stop);

 private:
  [[nodiscard]] Observation observation(bool watching) const;
  void begin(const PassOrder& order, CleanupReport& report);
  void record_plan(CleanupReport& report);
  void carry_out(CleanupReport& report, const Inventory& inventory, std::uint64_t generation,
                 const std::stop_token& stop);
  ActionOutcome execute(Executor& executor, const CleanupReport& report, std::size_t index,
                        const std::stop_token& stop);
  void end(CleanupReport& report, const std::stop_token& stop);
  [[nodiscard]] std::string outcome(const CleanupReport& report) const;
  void record_action(const CleanupReport& report, std::size_t index, const ActionOutcome* outcome);
  [[nodiscard]] bool room_again(const CleanupReport& report) const;
  [[nodiscard]] std::int64_t now_ms() const;

  Parts parts_;
  bool recorded_ = false;     // the plan is on disk
  bool stopped_ = false;      // asked to end before everything was done
  bool gave_up_ = false;      // after too many failures
  std::uint64_t spared_ = 0;  // actions that were not needed any more
};

}  // namespace caretaker
