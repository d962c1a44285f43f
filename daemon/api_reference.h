// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "daemon/http_route.h"

namespace caretaker {

// docs/api.md, made from the command table: a test keeps the two equal.
[[nodiscard]] std::string api_reference_markdown(std::span<const Route> routes);

}  // namespace caretaker
