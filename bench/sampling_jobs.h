// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/host_paths.h"
#include "base/identity.h"
#include "collectors/self_stats.h"
#include "daemon/sampling_job.h"

namespace caretaker::bench {

// A clock that moves only when it is told to: the ticks of a replay are one second apart, however fast they
// follow each other. Not thread safe.
class ReplayClock final : public Clock {
 public:
  explicit ReplayClock(const ClockReading& start) : now_(start) {}
  [[nodiscard]] ClockReading now() const override { return now_; }
  void advance(std::int64_t ns);

 private:
  ClockReading now_;
};

// Every sampling job of the default configuration with its real collectors, on this machine's own kernel
// files unless `paths` says otherwise, run one after the other by the calling thread.
class SamplingJobs {
 public:
  using OnBatch = std::function<void(const SampleBatch&)>;

  // `start_ms` is the UTC time of the first tick. `store_status`, when given, feeds the `self` collector as
  // the daemon does; it outlives this object.
  SamplingJobs(const HostIdentity& host, std::int64_t start_ms, OnBatch on_batch,
               std::function<void(SelfStats&)> add_store_stats = {}, HostPaths paths = {});

  // All jobs once; the next tick is one second later. False when a collector failed.
  bool run_tick();
  [[nodiscard]] std::size_t count() const { return jobs_.size(); }

 private:
  [[nodiscard]] SelfStats self_stats() const;

  ReplayClock clock_;
  std::function<void(SelfStats&)> add_store_stats_;
  std::vector<SelfStats::Job> job_stats_;
  SamplingContext context_;
  std::vector<std::unique_ptr<SamplingJob>> jobs_;
};

// The whole second before now, as a tick.
[[nodiscard]] std::int64_t current_tick_ms();

}  // namespace caretaker::bench
