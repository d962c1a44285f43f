// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr std::size_t image_names_max = 400'000;  // what comes after them is not found

// Which image a text means that somebody typed: a tag with or without registry and ":latest", a digest, an
// id, the beginning of an id. The engine's own order of guesses. Pure state, one thread.
class ImageNames {
 public:
  void add(const Image& image);
  // `reference` points at that image from now on.
  void point(const std::string& reference, const std::string& id);
  // The image's id; null: no such name, or the beginning of several ids.
  [[nodiscard]] const std::string* find(const std::string& text) const;
  // Only as it is written there.
  [[nodiscard]] const std::string* find_exactly(const std::string& text) const;
  [[nodiscard]] bool empty() const { return ids_.empty(); }

 private:
  std::map<std::string, std::string> ids_;  // by reference, digest or id
};

}  // namespace caretaker
