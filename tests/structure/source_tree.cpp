// SPDX-License-Identifier: MIT
#include "structure/source_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace caretaker::structure {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_left_out(const fs::path& relative) {
  const std::string name = relative.filename();
  return relative == "build" || (name.starts_with('.') && relative != ".ci");
}

bool is_source(const fs::path& path, std::string_view text) {
  constexpr std::array<std::string_view, 6> extensions = {".cpp", ".h", ".cmake", ".sql", ".sh", ".bash"};
  return std::ranges::find(extensions, path.extension().string()) != extensions.end() ||
         path.filename() == "CMakeLists.txt" || text.starts_with("#!");
}

}  // namespace

std::string SourceFile::folder() const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool SourceFile::is_header() const {
  return path.ends_with(".h");
}

bool SourceFile::is_cpp() const {
  return is_header() || path.ends_with(".cpp");
}

bool SourceFile::is_test() const {
  return folder() == "tests";
}

std::vector<SourceFile> read_source_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    const fs::path relative = entry->path().lexically_relative(root);
    if (entry->is_directory() && is_left_out(relative)) entry.disable_recursion_pending();
    if (!entry->is_regular_file()) continue;
    SourceFile file{.path = relative.generic_string(), .text = read(entry->path()), .cpp = {}};
    if (!is_source(relative, file.text)) continue;
    if (file.is_cpp()) file.cpp = take_apart(file.text);
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace caretaker::structure
