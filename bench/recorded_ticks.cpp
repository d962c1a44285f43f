// SPDX-License-Identifier: MIT
#include "bench/recorded_ticks.h"

#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "bench/sampling_jobs.h"

namespace caretaker::bench {
namespace {

constexpr std::chrono::seconds recorded_time{60};

}  // namespace

RecordedTicks::RecordedTicks(const HostIdentity& host, std::chrono::seconds interval, bool paced) {
  SamplingJobs jobs(host, current_tick_ms(),
                    [this](const SampleBatch& batch) { ticks_.back().push_back(batch); });
  // The first one is without rates.
  const auto count = static_cast<std::size_t>(recorded_time / interval) + 1;
  while (ticks_.size() < count) {
    ticks_.emplace_back();
    (void)jobs.run_tick();
    if (paced && ticks_.size() < count) std::this_thread::sleep_for(interval);
  }
  ticks_.erase(ticks_.begin());
  note_counters();
}

void RecordedTicks::note_counters() {
  std::unordered_map<const Series*, Value> first;
  for (const auto& tick : ticks_) {
    for (const SampleBatch& batch : tick) {
      for (const Sample& sample : batch.samples()) {
        if (sample.series->type != MetricType::counter) continue;
        const Value& begin = first.try_emplace(sample.series.get(), sample.value).first->second;
        const auto since_begin = [&](const auto value) -> Value {
          const auto from = std::get<std::remove_const_t<decltype(value)>>(begin);
          return value < from ? Value() : value - from;
        };
        growth_[sample.series.get()] = std::visit(since_begin, sample.value);
      }
    }
  }
}

std::size_t RecordedTicks::samples(std::size_t tick) const {
  std::size_t count = 0;
  for (const SampleBatch& batch : ticks_.at(tick)) count += batch.samples().size();
  return count;
}

void RecordedTicks::add(SampleBatch& batch, const Sample& sample, std::size_t repetitions) const {
  const auto grows = growth_.find(sample.series.get());
  if (grows == growth_.end()) {
    std::visit([&](const auto value) { batch.add(sample.series, value); }, sample.value);
  } else if (const auto* counted = std::get_if<std::uint64_t>(&sample.value)) {
    const auto* growth = std::get_if<std::uint64_t>(&grows->second);
    batch.add(sample.series, *counted + (growth == nullptr ? 0 : repetitions * *growth));
  } else {
    batch.add(sample.series,
              to_double(sample.value) + static_cast<double>(repetitions) * to_double(grows->second));
  }
}

}  // namespace caretaker::bench
