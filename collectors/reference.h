// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace caretaker {

// docs/collectors.md: every collector with its metrics, made from the registry.
[[nodiscard]] std::string collector_reference_markdown();

}  // namespace caretaker
