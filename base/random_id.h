// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace caretaker {

// Random bits of the kernel (getrandom(2), by way of std::random_device); never 0, which stands for "none".
[[nodiscard]] std::int64_t random_id();

}  // namespace caretaker
