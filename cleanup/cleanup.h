// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/filesystem_space.h"
#include "base/record.h"
#include "base/result.h"
#include "base/sample.h"
#include "base/told_reasons.h"
#include "cleanup/desk.h"
#include "cleanup/engine_lock.h"
#include "cleanup/event_watch.h"
#include "cleanup/metrics.h"
#include "cleanup/pass.h"
#include "cleanup/plan.h"
#include "cleanup/pressure.h"
#include "cleanup/trigger.h"
#include "cleanup/usage_history.h"
#include "docker/engine_client.h"
#include "docker/engine_socket.h"
#include "sql/local_store.h"

namespace caretaker {

// The wall clock may differ from the time that really passed by so much from one look to the next.
inline constexpr std::chrono::milliseconds clock_step_tolerated{60'000};

// What cleanup works with. All of it outlives it and may be used from its thread.
struct CleanupSurroundings {
  LocalStore& store;
  EngineLock& lock;
  CleanupDesk& desk;
  const Clock& clock;
  SeriesFactory series;
  std::function<void(const Event&)> on_event;        // cleanup_ran, cleanup_failed, pressure_unresolved
  std::function<void(const SampleBatch&)> on_batch;  // the metrics of each tick
  FilesystemSpaceReader space = &read_filesystem_space;
  EngineClientOptions engine_limits;  // the socket is the policy's
};

// The cleanup of one engine: remembers what is used, sees when a disk is too full, begins passes when they
// are due or wished for. Created, used and destroyed on the cleanup job's thread.
class Cleanup {
 public:
  Cleanup(CleanupPolicy policy, CleanupSurroundings surroundings);
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup();

  // One look: takes in what happened, measures the disks, does what is wished or due. The error says what is
  // wrong with the engine or the store; ENOENT: there is no engine on this machine.
  [[nodiscard]] Result<> tick(const Tick& tick, const std::stop_token& stop);

 private:
  Result<> look(const std::stop_token& stop);
  Result<> load_history();
  Result<> reach_engine(const std::stop_token& stop);
  void wait_for_events(const std::stop_token& stop);
  void notice_clock_step();
  void take_in_events();
  void measure();
  Result<> do_what_is_due(const std::stop_token& stop);
  Result<> grant(CleanupWish& wish, const Result<>& looked, const std::stop_token& stop);
  Result<CleanupReport> answer(const CleanupWish& wish, const std::stop_token& stop);
  Result<CleanupReport> pass(const PassOrder& order, const std::stop_token& stop);
  [[nodiscard]] PassOrder order(Trigger trigger) const;
  [[nodiscard]] std::string held_back(std::int64_t now_ms) const;
  [[nodiscard]] EngineSocket socket() const;
  [[nodiscard]] std::int64_t engine_started_ms(std::int64_t now_ms) const;
  void tell(const CleanupReport& report, Trigger trigger, const std::stop_token& stop);
  [[nodiscard]] std::string unresolved(const CleanupReport& report, const std::stop_token& stop) const;
  void publish(const Tick& tick, const Result<>& looked);
  void raise(std::string kind, std::string message);
  std::unexpected<Error> engine_failed(const EngineError& error);
  [[nodiscard]] std::int64_t now_ms() const;

  CleanupPolicy policy_;
  CleanupSurroundings surroundings_;
  EngineClient engine_;
  bool reached_ = false;                 // negotiated with the engine that is there now
  std::string engine_text_;              // empty: not reached yet, or lost
  bool engine_seen_ = false;             // there was one once
  std::optional<UsageHistory> history_;  // once the store could be read
  std::unique_ptr<EventWatch> watch_;
  ClockReading last_look_;           // all 0: none yet
  WatchedEvents watched_;            // of the last look, without its events
  bool reconcile_due_ = true;        // the stream was (re)connected: events may have been missed
  std::int64_t reconnected_ms_ = 0;  // the engine came back while we watched; 0: it did not
  std::vector<std::string> storage_paths_;
  std::vector<DiskUse> disks_;  // as last measured
  Pressure pressure_;
  bool pressure_told_ = false;  // that cleanup did not help, until there is room
  ToldReasons failures_told_;   // of deletions
  std::optional<Triggers> triggers_;
  std::size_t would_remove_ = 0;  // what the last recorded pass planned and did not remove
  CleanupMetrics metrics_;
  SampleBatch batch_;
};

}  // namespace caretaker
