// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/sample.h"
#include "base/thread.h"
#include "daemon/job.h"

namespace caretaker {

// A finished run, as handed back by the job's thread.
struct FinishedRun {
  Tick tick;
  RunReport report;
  std::int64_t lateness_ns = 0;  // start of the run after its scheduled moment
  std::int64_t duration_ns = 0;
};

// One job's thread: waits for a tick, runs the work, reports. Owned by the main thread, which makes all
// calls; one run is under way at a time. Destroying it leaves a run that does not end behind, with everything
// the run uses.
class JobThread {
 public:
  // `on_finished` is called on the job's thread after every run; it must outlive the thread or be a post.
  using OnFinished = std::function<void(FinishedRun)>;

  [[nodiscard]] static Result<std::unique_ptr<JobThread>> start(const std::string& name,
                                                                JobWorkFactory factory,
                                                                OnFinished on_finished);
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;
  ~JobThread();

  // Begins a run. The previous one must be finished. `fresh`: with new work, so that baselines begin anew.
  void fire(const Tick& tick, bool fresh);
  // Asks the run under way to end early; the thread stays.
  void cancel_run();
  // Asks the run under way and then the thread to end.
  void request_exit();
  [[nodiscard]] bool join_for(std::chrono::milliseconds deadline);

 private:
  struct Shared;
  JobThread(std::shared_ptr<Shared> shared, Thread thread);
  static void body(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // owned together with the thread, which may outlive this object
  Thread thread_;
};

}  // namespace caretaker
