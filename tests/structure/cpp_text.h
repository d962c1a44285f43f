// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace caretaker::structure {

struct StringLiteral {
  std::size_t line = 0;  // of its opening quote, from 1
  std::string text;      // as written, escapes not resolved
};

struct Include {
  std::size_t line = 0;
  std::string path;
  bool angled = false;  // <path>
};

// A C++ file taken apart by its lexical rules only (comments, literals, raw strings, digit separators,
// directives); nothing is preprocessed and no trigraph or spliced line comment is known.
struct CppText {
  // As long as the file, newlines in place; comments, directives and what is inside literals are blanks.
  std::string code;
  std::vector<StringLiteral> literals;
  std::vector<Include> includes;
};

[[nodiscard]] CppText take_apart(std::string_view text);

// The line of `text` that `position` is on, from 1.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t position);

[[nodiscard]] bool is_word_char(char c);

}  // namespace caretaker::structure
