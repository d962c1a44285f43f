// SPDX-License-Identifier: MIT
#include "gate/rate_limit.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"

namespace caretaker {

int RateLimit::take(std::int64_t monotonic_ns) {
  const double passed_s = ns_to_seconds(std::max<std::int64_t>(monotonic_ns - filled_ns_, 0));
  filled_ns_ = std::max(filled_ns_, monotonic_ns);
  tokens_ = std::min(rate_.burst, tokens_ + passed_s * rate_.per_second);
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return 0;
  }
  return std::max(1, static_cast<int>(std::ceil((1 - tokens_) / rate_.per_second)));
}

}  // namespace caretaker
