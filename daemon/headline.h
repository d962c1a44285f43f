// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/sample.h"

namespace caretaker {

// The values of the headline row; absent where a rate has no baseline yet or the source is missing.
struct Headline {
  std::int64_t time_ms = 0;  // UTC tick, 0 before the first
  std::optional<double> cpu_percent;
  std::optional<double> memory_percent;
  std::optional<double> disk_percent;
  std::optional<double> sent_bytes_per_second;
  std::optional<double> received_bytes_per_second;
};

// Reads the `system` collector's batch.
[[nodiscard]] Headline headline_of(const SampleBatch& batch);

// One line for people: `12:00:05  cpu  3.1 %  memory 41.0 %  disk 17.2 %  net up 1.2 kB/s  down 88 B/s`.
[[nodiscard]] std::string format_headline(const Headline& headline);

// The newest headline: written by the `system` job's thread, read by the main thread.
class HeadlineBoard {
 public:
  void set(const Headline& headline);
  [[nodiscard]] Headline get() const;

 private:
  mutable std::mutex mutex_;
  Headline headline_;  // guarded by mutex_
};

}  // namespace caretaker
