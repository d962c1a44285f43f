// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace caretaker {

// Text of bounded size: the head and the tail are kept, what was in between is counted.
class HeadAndTail {
 public:
  explicit HeadAndTail(std::size_t bytes_max) : half_max_(bytes_max / 2) {}
  void append(std::string_view text);
  // With a line "[... N bytes left out ...]" in the place of the middle.
  [[nodiscard]] std::string text() const;

 private:
  std::size_t half_max_;
  std::string head_;
  std::string tail_;
  std::uint64_t left_out_ = 0;
};

}  // namespace caretaker
