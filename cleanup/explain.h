// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace caretaker {

// Phrases of the sentences that explain a plan, for people.

// How long something lasted, rounded down, in the largest unit that says enough: "30 s", "5 min", "23 h",
// "54 days". Not negative.
[[nodiscard]] std::string age_text(std::int64_t ms);
// A configured duration, exactly: "4 h", "90 min", "7 days".
[[nodiscard]] std::string setting_text(std::chrono::milliseconds setting);
// "512 B", "1.9 GiB"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// "1 image", "3 images"
[[nodiscard]] std::string count_text(std::uint64_t count, std::string_view noun);

}  // namespace caretaker
