// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace caretaker {

struct Rate {
  double burst = 1;       // at once
  double per_second = 1;  // in the long run
};

// A token bucket, full at first.
class RateLimit {
 public:
  explicit RateLimit(Rate rate) : rate_(rate), tokens_(rate.burst) {}

  // 0: one is taken. Otherwise none is, and the next will be there after so many whole seconds, at least 1.
  [[nodiscard]] int take(std::int64_t monotonic_ns);

 private:
  Rate rate_;
  double tokens_;
  std::int64_t filled_ns_ = 0;
};

}  // namespace caretaker
