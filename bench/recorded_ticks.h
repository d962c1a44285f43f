// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/identity.h"
#include "base/sample.h"

namespace caretaker::bench {

// A minute of real batches of the default jobs, to be repeated as often as a store or a fleet needs it.
class RecordedTicks {
 public:
  // As many ticks as a minute has at `interval` (1 s to 60 s). `paced`: in real time, so that values change
  // as much from tick to tick as they really do; else one right after the other.
  RecordedTicks(const HostIdentity& host, std::chrono::seconds interval, bool paced);

  [[nodiscard]] std::size_t ticks() const { return ticks_.size(); }  // recorded
  [[nodiscard]] std::size_t samples(std::size_t tick) const;         // of a recorded one
  // The batches of tick number `tick`, with its own time. Ticks beyond the recorded ones repeat them;
  // counters go on from where the repetition before ended.
  template <class OnBatch>
  void play(std::size_t tick, std::int64_t time_ms, const OnBatch& on_batch) const {
    SampleBatch batch;
    for (const SampleBatch& recorded : ticks_[tick % ticks_.size()]) {
      batch.start(recorded.collector(), {.time_ms = time_ms});
      for (const Sample& sample : recorded.samples()) add(batch, sample, tick / ticks_.size());
      on_batch(std::as_const(batch));
    }
  }

 private:
  void note_counters();
  void add(SampleBatch& batch, const Sample& sample, std::size_t repetitions) const;

  std::vector<std::vector<SampleBatch>> ticks_;
  std::unordered_map<const Series*, Value> growth_;  // of the counters, per repetition
};

}  // namespace caretaker::bench
