// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "config/config.h"
#include "config/location.h"
#include "config/problem.h"

namespace caretaker {

// What is wrong between keys that are each right on their own. Looks at the password file's permissions, not
// into it.
[[nodiscard]] std::vector<Problem> cross_check(const Config& config, const Locations& locations);

}  // namespace caretaker
