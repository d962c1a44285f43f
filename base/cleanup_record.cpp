// SPDX-License-Identifier: MIT
#include "base/cleanup_record.h"

#include <algorithm>
#include <array>

namespace caretaker {
namespace {

constexpr std::array<std::string_view, object_kinds> kind_words = {"build_cache", "image", "container",
                                                                   "network", "volume"};

}  // namespace

std::string_view to_string(ObjectKind kind) {
  return kind_words[static_cast<std::size_t>(kind)];
}

std::optional<ObjectKind> parse_object_kind(std::string_view word) {
  const auto* found = std::ranges::find(kind_words, word);
  if (found == kind_words.end()) return std::nullopt;
  return static_cast<ObjectKind>(found - kind_words.begin());
}

}  // namespace caretaker
