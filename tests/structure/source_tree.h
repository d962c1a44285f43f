// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "structure/cpp_text.h"

namespace caretaker::structure {

struct SourceFile {
  std::string path;  // from the root, with `/`
  std::string text;
  CppText cpp;  // empty unless is_cpp()

  [[nodiscard]] std::string folder() const;  // `base` of base/file.h; empty at the root
  [[nodiscard]] bool is_header() const;
  [[nodiscard]] bool is_cpp() const;
  [[nodiscard]] bool is_test() const;  // under tests/
};

// C++, CMake, SQL and shell files under `root`, sorted by path; build/ and hidden folders but .ci are left
// out.
[[nodiscard]] std::vector<SourceFile> read_source_tree(const std::filesystem::path& root);

}  // namespace caretaker::structure
