// SPDX-License-Identifier: MIT
#include "daemon/cleanup_job.h"

#include <cerrno>

namespace caretaker {

RunReport CleanupJob::run(const Tick& tick, const std::stop_token& stop) {
  const auto done = cleanup_.tick(tick, stop);
  if (done || stop.stop_requested()) return {};
  const bool absent = done.error().code == ENOENT;
  return {.outcome = absent ? JobOutcome::no_data : JobOutcome::failed, .message = done.error().message};
}

}  // namespace caretaker
