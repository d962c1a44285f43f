// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "sql/mysql_errors.h"

namespace caretaker {

// When to try again: full jitter, a random moment between now and a ceiling that doubles with every failure
// in a row up to a cap, so that a fleet does not come back at once. What needs time or a person (no
// connections left, a wrong password) starts higher. Not thread safe.
class MysqlBackoff {
 public:
  using Clock = std::chrono::steady_clock;

  explicit MysqlBackoff(std::uint64_t seed) : random_(seed) {}

  void failed(MysqlErrorClass error_class, Clock::time_point now);
  void succeeded();
  [[nodiscard]] bool ready(Clock::time_point now) const { return now >= until_; }
  [[nodiscard]] Clock::time_point until() const { return until_; }

  // After `failures` (1 and up) in a row.
  [[nodiscard]] static std::chrono::milliseconds ceiling(MysqlErrorClass error_class, unsigned failures);

 private:
  std::mt19937_64 random_;
  unsigned failures_ = 0;
  Clock::time_point until_;
};

}  // namespace caretaker
