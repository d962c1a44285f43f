// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine_objects.h"

namespace caretaker::fake {

using Filters = std::map<std::string, std::vector<std::string>>;

// The `filters` argument in both forms that engines read: {"type":["image"]} and {"type":{"image":true}}.
// Nothing when it is not JSON or another shape.
[[nodiscard]] std::optional<Filters> parse_filters(std::string_view text);

// "1700000000.000000001" in nanoseconds, or nothing.
[[nodiscard]] std::optional<std::int64_t> parse_timestamp_ns(std::string_view text);

// The engine's events: those of the last while in a ring, new ones to everybody who listens. Thread safe.
class EventLog {
 public:
  static constexpr std::size_t ring_size = 256;

  struct Subscription {
    Filters filters;
    std::deque<EngineEvent> waiting;
  };

  // A time of 0 becomes now; times that the log gives are distinct and rise.
  void raise(EngineEvent event);
  // With a time, what the ring has since then comes first.
  [[nodiscard]] std::shared_ptr<Subscription> subscribe(Filters filters,
                                                        std::optional<std::int64_t> since_ns);
  // The next event, or nothing within `patience`.
  [[nodiscard]] std::optional<EngineEvent> next(Subscription& subscription,
                                                std::chrono::milliseconds patience);
  void clear();
  // Streams that are open.
  [[nodiscard]] std::size_t listeners();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<EngineEvent> ring_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;
  std::int64_t last_ns_ = 0;
};

}  // namespace caretaker::fake
