// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr std::size_t image_index_max = 400'000;  // what comes after so many names is not found

// Which image a text means that somebody typed: a digest, a tag with or without registry and ":latest", an
// id, the beginning of an id. Pure state, one thread.
class ImageIndex {
 public:
  void add(const Image& image);
  // `reference` means that image from now on.
  void point(const std::string& reference, const std::string& id);
  // The image's id; null: nothing that is known, or the beginning of several ids.
  [[nodiscard]] const std::string* find(const std::string& text) const;
  // A "repository:tag" only.
  [[nodiscard]] const std::string* find_tag(const std::string& reference) const;
  [[nodiscard]] bool empty() const { return ids_.empty(); }

 private:
  void insert(const std::string& key, const std::string& id);
  [[nodiscard]] const std::string* find_key(const std::string& key) const;

  std::map<std::string, std::string> ids_;  // by canonical reference, by digest, by id
};

}  // namespace caretaker
