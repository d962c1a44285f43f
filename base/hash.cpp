// SPDX-License-Identifier: MIT
#include "base/hash.h"

#include <xxhash.h>

#include <string>

namespace caretaker {

std::int64_t hash64(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += part;
  return static_cast<std::int64_t>(XXH3_64bits(joined.data(), joined.size()));
}

}  // namespace caretaker
