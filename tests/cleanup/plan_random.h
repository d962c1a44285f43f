// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>

#include "cleanup/plan_world.h"

namespace caretaker {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + below(choices.size()));
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

// A small world with a bit of everything that a planner can meet, near the limits of its rules. The same seed
// gives the same world.
[[nodiscard]] World random_world(std::uint64_t seed);

}  // namespace caretaker
