// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/record.h"
#include "base/sample.h"
#include "base/told_reasons.h"
#include "cleanup/engine_lock.h"
#include "cleanup/pull.h"
#include "config/config.h"
#include "daemon/job.h"

namespace caretaker {

// What pull jobs share. Outlives every job's thread; all of it is thread safe.
struct PullSurroundings {
  EngineLock& lock;
  const Clock& clock;
  SeriesFactory series;
  std::function<void(const Event&)> on_event;  // image_pulled, pull_failed
  std::function<void(const SampleBatch&)> on_batch;
};

// Pulls the images of one [pull.NAME] and tells which of them are new.
class PullJob final : public JobWork {
 public:
  PullJob(std::string name, PullConfig config, std::string socket, PullSurroundings surroundings);
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token& stop) override;

 private:
  void tell(const PullResult& result);

  std::string name_;
  PullConfig config_;
  std::string socket_;
  PullSurroundings surroundings_;
  std::map<std::string, ToldReasons> told_;  // why each image fails
  SampleBatch batch_;
};

}  // namespace caretaker
