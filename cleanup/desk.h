// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cleanup_record.h"
#include "base/result.h"
#include "cleanup/executor.h"
#include "cleanup/plan.h"
#include "cleanup/pressure.h"

namespace caretaker {

// What one pass found, planned and did.
struct CleanupReport {
  CleanupRun run;  // as it is recorded
  Plan plan;
  std::vector<ActionOutcome> outcomes;  // of the plan's first actions, as far as the run got; none for a plan
  std::string held;                     // why nothing was deleted; empty when deletions were allowed
  std::vector<DiskUse> disks;
};

// What people ask for through the control API.
struct CleanupWish {
  enum class Kind : std::uint8_t { plan, dry_run, run } kind = Kind::plan;
  // A plan as if the disks were full: everything that pressure may take.
  bool pressure = false;
  // Made by the cleanup job's thread; read by the loop's thread once that run of the job has ended.
  std::optional<Result<CleanupReport>> answer;
};

struct CleanupProgress {
  std::string trigger;
  std::size_t done = 0;  // actions
  std::size_t planned = 0;
  std::string object;  // the one at work
};

// How cleanup is, for the control API.
struct CleanupStatus {
  std::string socket;        // by which the engine is asked now
  std::string engine;        // "docker 20.10.24, API 1.41, graphdriver overlay2"; empty: not reached yet
  std::string engine_error;  // why it cannot be reached; empty while it can
  bool watching = false;     // the event stream is open
  std::uint64_t event_gaps = 0;
  Observation observation;
  std::vector<DiskUse> disks;
  std::string pressure;                     // which file system is too full; empty: none
  std::string held;                         // why a run would delete nothing now; empty: it would
  std::int64_t next_run_ms = 0;             // of the interval
  std::size_t would_remove = 0;             // objects that the last recorded pass planned and left
  std::optional<CleanupProgress> progress;  // of the run under way
  std::optional<CleanupRun> last_run;       // since the daemon started
};

// Where the control API leaves a wish and reads how things are, and the cleanup job finds the one and writes
// the other. Any thread.
class CleanupDesk {
 public:
  // Takes the place of a wish that was not taken.
  void leave(std::shared_ptr<CleanupWish> wish);
  [[nodiscard]] std::shared_ptr<CleanupWish> take();
  // Takes this one back, when it is still there.
  void withdraw(const std::shared_ptr<CleanupWish>& wish);

  void set_status(CleanupStatus status);  // keeps progress and last_run
  void set_progress(std::optional<CleanupProgress> progress);
  void set_last_run(const CleanupRun& run);
  [[nodiscard]] CleanupStatus status() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<CleanupWish> wish_;  // guarded by mutex_
  CleanupStatus status_;               // guarded by mutex_
};

}  // namespace caretaker
