// SPDX-License-Identifier: MIT
#include "base/random_id.h"

#include <random>

namespace caretaker {

std::int64_t random_id() {
  std::random_device device;
  return static_cast<std::int64_t>((std::uint64_t{device()} << 32) | device() | 1U);
}

}  // namespace caretaker
