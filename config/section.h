// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace caretaker {

// Whether `name` is a section of the configuration; the error says why not, with the nearest right one.
[[nodiscard]] Result<> check_section(std::string_view name,
                                     std::span<const std::string_view> collector_names);

}  // namespace caretaker
