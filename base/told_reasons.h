// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace caretaker {

// Which reasons of a fault that lasts were told already, so that each is told once and not at every attempt.
// Digits in a reason do not make it another one: they are counts, sizes, numbers of lines and processes. One
// thread.
class ToldReasons {
 public:
  // A reason that was not met for `quiet` is told anew. 0: never; then clear() tells that the fault is over.
  explicit ToldReasons(std::chrono::milliseconds quiet = {}) : quiet_ms_(quiet.count()) {}

  // Whether to tell of `reason`, which is met at `now_ms` of any clock that does not go back. Once
  // told_reasons_max have been told, there is nothing new.
  [[nodiscard]] bool is_new(std::string_view reason, std::int64_t now_ms = 0);

  [[nodiscard]] bool empty() const { return met_ms_.empty(); }
  void clear() { met_ms_.clear(); }

 private:
  std::int64_t quiet_ms_;
  std::map<std::string, std::int64_t, std::less<>> met_ms_;  // without digits; when it was met last
};

inline constexpr std::size_t told_reasons_max = 8;

}  // namespace caretaker
