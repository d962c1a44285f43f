// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/sample.h"

namespace caretaker {

enum class JobOutcome : std::uint8_t { ok, no_data, failed };
[[nodiscard]] std::string_view to_string(JobOutcome outcome);

// idle: waits for its next tick. running. stuck: its run is past the timeout. paused: stopped by command or
// disabled. failed: its last run failed; it runs again at its next tick.
enum class JobState : std::uint8_t { idle, running, stuck, paused, failed };
[[nodiscard]] std::string_view to_string(JobState state);

// How one run ended.
struct RunReport {
  JobOutcome outcome = JobOutcome::ok;
  std::string message;   // why it failed, or what there is to say; may be empty
  int exit_status = -1;  // of a command job's process; -1 where there is none
};

// The work of a job. Created, run and destroyed on the job's own thread, so it needs no locks. run() may
// block, but returns soon after `stop` is requested; when it does not return before the job's timeout the job
// is reported as stuck and its ticks are skipped until it does.
class JobWork {
 public:
  JobWork() = default;
  JobWork(const JobWork&) = delete;
  JobWork& operator=(const JobWork&) = delete;
  virtual ~JobWork() = default;
  [[nodiscard]] virtual RunReport run(const Tick& tick, const std::stop_token& stop) = 0;
};

// Called on the job's thread before its first run and after every restart.
using JobWorkFactory = std::function<std::unique_ptr<JobWork>()>;

}  // namespace caretaker
