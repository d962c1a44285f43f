// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "ctl/answers.h"
#include "ctl/console.h"

namespace caretaker::ctl {

// Red for what is wrong, yellow for what a person did, green for work.
[[nodiscard]] Colour state_colour(std::string_view state);

}  // namespace caretaker::ctl
