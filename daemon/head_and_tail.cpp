// SPDX-License-Identifier: MIT
#include "daemon/head_and_tail.h"

#include <fmt/format.h>

#include <algorithm>

namespace caretaker {

void HeadAndTail::append(std::string_view text) {
  const std::size_t to_head = std::min(text.size(), half_max_ - head_.size());
  head_ += text.substr(0, to_head);
  tail_ += text.substr(to_head);
  if (tail_.size() <= half_max_) return;
  left_out_ += tail_.size() - half_max_;
  tail_.erase(0, tail_.size() - half_max_);
}

std::string HeadAndTail::text() const {
  if (left_out_ == 0) return head_ + tail_;
  return fmt::format("{}\n[... {} bytes left out ...]\n{}", head_, left_out_, tail_);
}

}  // namespace caretaker
