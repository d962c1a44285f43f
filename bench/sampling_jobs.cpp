// SPDX-License-Identifier: MIT
#include "bench/sampling_jobs.h"

#include <stop_token>
#include <utility>
#include <variant>

namespace caretaker::bench {
namespace {

ClockReading reading_at(std::int64_t time_ms) {
  ClockReading reading = SystemClock().now();
  reading.realtime_ns = time_ms * ns_per_ms;
  return reading;
}

}  // namespace

void ReplayClock::advance(std::int64_t ns) {
  now_.realtime_ns += ns;
  now_.monotonic_ns += ns;
  now_.boottime_ns += ns;
}

SamplingJobs::SamplingJobs(const HostIdentity& host, std::int64_t start_ms, OnBatch on_batch,
                           std::function<void(SelfStats&)> add_store_stats, HostPaths paths)
    : clock_(reading_at(start_ms)),
      add_store_stats_(std::move(add_store_stats)),
      context_{.paths = std::move(paths),
               .series = SeriesFactory(host.id),
               .clock = clock_,
               .self_stats = [this] { return self_stats(); },
               .statvfs_helper_command = {},
               .on_batch = std::move(on_batch)} {
  for (const JobSpec& spec : plan_jobs(Config{})) {
    const auto* sampling = std::get_if<SamplingSettings>(&spec.settings);
    if (sampling == nullptr) continue;
    jobs_.push_back(std::make_unique<SamplingJob>(*sampling, context_));
    job_stats_.push_back({.name = spec.name});
  }
}

bool SamplingJobs::run_tick() {
  const ClockReading now = clock_.now();
  const Tick tick{.time_ms = now.realtime_ns / ns_per_ms, .monotonic_ns = now.monotonic_ns};
  bool all_well = true;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    all_well &= jobs_[i]->run(tick, std::stop_token()).outcome != JobOutcome::failed;
    ++job_stats_[i].runs;
  }
  clock_.advance(ns_per_s);
  return all_well;
}

SelfStats SamplingJobs::self_stats() const {
  SelfStats stats{.jobs = job_stats_};
  if (add_store_stats_) add_store_stats_(stats);
  return stats;
}

std::int64_t current_tick_ms() {
  return SystemClock().now().realtime_ns / ns_per_s * ms_per_s;
}

}  // namespace caretaker::bench
