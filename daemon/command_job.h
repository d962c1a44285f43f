// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "base/record.h"
#include "config/config.h"
#include "daemon/job.h"

namespace caretaker {

// Runs a user's command ([job.NAME]) and records how it went. It fails when the command does not exit with 0.
class CommandJob final : public JobWork {
 public:
  // `on_run` takes the record, on the job's thread; it must outlive the job's thread.
  CommandJob(std::string name, CommandJobConfig config, const std::function<void(JobRun)>& on_run);
  [[nodiscard]] RunReport run(const Tick& tick, const std::stop_token& stop) override;

 private:
  std::string name_;
  CommandJobConfig config_;
  const std::function<void(JobRun)>& on_run_;
};

}  // namespace caretaker
