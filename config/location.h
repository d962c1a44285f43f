// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <utility>

namespace caretaker {

struct Location {
  std::string file;
  int line = 0;
};

// Where every section began and every key was set last, by (section, key); the key is empty for a section.
// For mistakes that only show when all files are read.
using Locations = std::map<std::pair<std::string, std::string>, Location>;

}  // namespace caretaker
