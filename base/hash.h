// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace caretaker {

// XXH3 (64 bit) of the parts one after the other, as the signed number that SQL's BIGINT holds.
[[nodiscard]] std::int64_t hash64(std::initializer_list<std::string_view> parts);

// The bytes of a number as a part for hash64 (little endian on every machine we build for).
[[nodiscard]] inline std::string_view as_bytes(const std::int64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace caretaker
