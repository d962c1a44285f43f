// SPDX-License-Identifier: MIT
#include "daemon/sampling_job.h"

#include <utility>

namespace caretaker {

std::vector<std::string> statvfs_helper_command() {
  return {own_executable, std::string(statvfs_helper_argument)};
}

SamplingJob::SamplingJob(SamplingSettings settings, const SamplingContext& context)
    : settings_(std::move(settings)), context_(context) {
  const CollectorContext collector_context{.paths = context.paths,
                                           .series = context.series,
                                           .config = settings_.config,
                                           .clock = context.clock,
                                           .self_stats = context.self_stats,
                                           .statvfs_helper_command = context.statvfs_helper_command};
  for (const std::string& name : settings_.collectors) {
    const CollectorInfo* info = find_collector(name);
    members_.push_back({.name = info->name, .collector = info->create(collector_context), .batch = {}});
  }
}

RunReport SamplingJob::run(const Tick& tick, const std::stop_token& stop) {
  RunReport report{.outcome = JobOutcome::no_data};
  for (Member& member : members_) {
    if (stop.stop_requested()) break;
    member.batch.start(member.name, tick);
    const auto outcome = member.collector->collect(member.batch);
    if (!member.batch.samples().empty()) context_.on_batch(member.batch);
    if (!outcome) {
      if (!report.message.empty()) report.message += "; ";
      report.message += outcome.error().message;
      report.outcome = JobOutcome::failed;
    } else if (*outcome == Outcome::ok && report.outcome == JobOutcome::no_data) {
      report.outcome = JobOutcome::ok;
    }
  }
  return report;
}

}  // namespace caretaker
