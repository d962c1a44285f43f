// SPDX-License-Identifier: MIT
#include "cleanup/stream_gap.h"

namespace caretaker {

StreamGap::StreamGap(std::optional<std::int64_t> away_ms, std::int64_t now_ms) {
  if (away_ms) complete_ms_ = now_ms - *away_ms;
}

void StreamGap::failed(bool nobody, std::int64_t begin_ms, std::int64_t end_ms) {
  if (nobody && nobody_ms_) down_ms_ += begin_ms - *nobody_ms_;
  nobody_ms_.reset();
  if (nobody) nobody_ms_ = end_ms;
}

bool StreamGap::connected(std::int64_t now_ms) {
  replayed_ = 0;
  const bool gap = complete_ms_ && now_ms - *complete_ms_ - down_ms_ > replay_trusted.count();
  lost(now_ms);  // from here on all is complete; while connected nobody asks
  return gap;
}

bool StreamGap::replayed() {
  return ++replayed_ == replay_events_max;
}

void StreamGap::lost(std::int64_t now_ms) {
  complete_ms_ = now_ms;
  down_ms_ = 0;
  nobody_ms_.reset();
}

}  // namespace caretaker
