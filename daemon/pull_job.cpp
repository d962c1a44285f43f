// SPDX-License-Identifier: MIT
#include "daemon/pull_job.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace caretaker {
namespace {

// What tells one state of an image from another, in the registry's words where the engine has them.
const std::string& known_as(const std::string& digest, const std::string& id) {
  return digest.empty() ? id : digest;
}

std::string describe(const PullResult& result) {
  if (!result.ok) return fmt::format("{}: {}", result.image, result.error);
  if (result.id_before == result.id_after) return fmt::format("{} is up to date", result.image);
  const std::string& after = known_as(result.digest_after, result.id_after);
  if (result.id_before.empty()) return fmt::format("{} is new ({})", result.image, after);
  return fmt::format("{} changed from {} to {}", result.image,
                     known_as(result.digest_before, result.id_before), after);
}

}  // namespace

PullJob::PullJob(std::string name, PullConfig config, std::string socket, PullSurroundings surroundings)
    : name_(std::move(name)),
      config_(std::move(config)),
      socket_(std::move(socket)),
      surroundings_(std::move(surroundings)) {}

RunReport PullJob::run(const Tick& tick, const std::stop_token& stop) {
  const std::vector<PullResult> results =
      pull_images(config_, socket_, surroundings_.lock, surroundings_.clock, stop);
  if (stop.stop_requested()) {
    // What was pulled before was pulled; what was not has no reason of its own.
    for (const PullResult& result : results) {
      if (result.ok) tell(result);
    }
    return {};
  }
  batch_.start(pull_collector, tick);
  add_pull_samples(batch_, surroundings_.series, name_, results);
  surroundings_.on_batch(batch_);
  RunReport report;
  for (const PullResult& result : results) {
    tell(result);
    if (!result.ok) report.outcome = JobOutcome::failed;
    report.message += (report.message.empty() ? "" : "; ") + describe(result);
  }
  return report;
}

void PullJob::tell(const PullResult& result) {
  ToldReasons& told = told_[result.image];
  const bool changed = result.ok && result.id_before != result.id_after;
  const bool fails_anew = !result.ok && told.is_new(result.error);
  if (result.ok) told.clear();
  if (!changed && !fails_anew) return;
  surroundings_.on_event({.time_ms = surroundings_.clock.now().realtime_ns / ns_per_ms,
                          .kind = changed ? "image_pulled" : "pull_failed",
                          .subject = result.image,
                          .message = describe(result)});
}

}  // namespace caretaker
