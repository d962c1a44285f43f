// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace caretaker {

// Some names for [collector.NAME]; the real ones are in collectors/registry.cpp, which config/ may not
// include.
inline constexpr std::array<std::string_view, 12> test_collectors = {
    "cpu",      "disk", "filesystem", "load",   "memory", "network",
    "pressure", "self", "stat",       "system", "uptime", "vmstat"};

}  // namespace caretaker
