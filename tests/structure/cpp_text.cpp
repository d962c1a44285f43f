// SPDX-License-Identifier: MIT
#include "structure/cpp_text.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace caretaker::structure {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Blanks out comments and literals and collects the literals.
class LiteralScanner {
 public:
  explicit LiteralScanner(CppText& cpp, std::string_view text) : cpp_(cpp), text_(text) { cpp_.code = text; }

  void scan() {
    while (position_ < text_.size()) {
      const std::string_view rest = text_.substr(position_);
      if (rest.starts_with("//")) {
        blank(end_of("\n", 2));
      } else if (rest.starts_with("/*")) {
        blank(past("*/", 2));
      } else if (rest.starts_with('"')) {
        is_raw_string() ? scan_raw_string() : scan_string();
      } else if (rest.starts_with('\'') && !is_digit_separator()) {
        blank(end_of_quoted('\''));
      } else {
        ++position_;
      }
    }
  }

 private:
  // The word that ends right before the current position: `u8R` of `u8R"(...)"`, `1` of `1'000`.
  [[nodiscard]] std::string_view word_before() const {
    std::size_t start = position_;
    while (start > 0 && (is_word_char(text_[start - 1]) || text_[start - 1] == '\'')) --start;
    return text_.substr(start, position_ - start);
  }

  [[nodiscard]] bool is_raw_string() const {
    const std::string_view prefix = word_before();
    return prefix == "R" || prefix == "u8R" || prefix == "uR" || prefix == "UR" || prefix == "LR";
  }

  [[nodiscard]] bool is_digit_separator() const {
    const std::string_view number = word_before();
    return !number.empty() && is_digit(number.front());
  }

  [[nodiscard]] std::size_t end_of(std::string_view what, std::size_t skip) const {
    return std::min(text_.find(what, position_ + skip), text_.size());
  }
  [[nodiscard]] std::size_t past(std::string_view what, std::size_t skip) const {
    return std::min(end_of(what, skip) + what.size(), text_.size());
  }

  // Past the closing quote; an unclosed literal ends with its line.
  [[nodiscard]] std::size_t end_of_quoted(char quote) const {
    std::size_t end = position_ + 1;
    while (end < text_.size() && text_[end] != '\n') {
      if (text_[end] == quote) return end + 1;
      end += text_[end] == '\\' ? 2 : 1;
    }
    return std::min(end, text_.size());
  }

  void scan_string() {
    const std::size_t end = end_of_quoted('"');
    take_literal(position_ + 1, std::max(end - 1, position_ + 1));
    blank_inside(end);
  }

  void scan_raw_string() {
    const std::size_t open = end_of("(", 0);
    std::string close(1, ')');
    close.append(text_.substr(position_ + 1, open - position_ - 1)).push_back('"');
    take_literal(std::min(open + 1, text_.size()), end_of(close, 0));
    blank_inside(past(close, 0));
  }

  void take_literal(std::size_t begin, std::size_t end) {
    cpp_.literals.push_back({line_of(text_, position_), std::string(text_.substr(begin, end - begin))});
  }

  // The quotes stay, so that a literal is still something between two others.
  void blank_inside(std::size_t end) {
    ++position_;
    blank(end - 1);
    position_ = end;
  }

  void blank(std::size_t end) {
    for (; position_ < end; ++position_) {
      if (text_[position_] != '\n') cpp_.code[position_] = ' ';
    }
  }

  CppText& cpp_;
  std::string_view text_;
  std::size_t position_ = 0;
};

// `directive` is the whole line; `#  include "base/file.h"  // why` gives base/file.h.
std::optional<Include> parse_include(std::string_view directive, std::size_t line) {
  directive = trim(directive).substr(1);
  directive = trim(directive);
  if (!directive.starts_with("include")) return std::nullopt;
  directive = trim(directive.substr(std::string_view("include").size()));
  if (!directive.starts_with('"') && !directive.starts_with('<')) return std::nullopt;
  const bool angled = directive.front() == '<';
  directive.remove_prefix(1);
  return Include{line, std::string(directive.substr(0, directive.find(angled ? '>' : '"'))), angled};
}

// Collects the includes and blanks all directives with their continuation lines, whose braces need not match.
void take_directives(CppText& cpp, std::string_view text) {
  bool continued = false;
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < cpp.code.size(); ++line) {
    const std::size_t end = std::min(cpp.code.find('\n', begin), cpp.code.size());
    const std::string_view code = std::string_view(cpp.code).substr(begin, end - begin);
    const bool directive = continued || trim(code).starts_with('#');
    if (directive && !continued) {
      if (auto include = parse_include(text.substr(begin, end - begin), line)) {
        cpp.includes.push_back(std::move(*include));
      }
    }
    continued = directive && code.ends_with('\\');
    if (directive)
      std::fill(cpp.code.begin() + static_cast<std::ptrdiff_t>(begin),
                cpp.code.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    begin = end + 1;
  }
}

}  // namespace

CppText take_apart(std::string_view text) {
  CppText cpp;
  LiteralScanner(cpp, text).scan();
  take_directives(cpp, text);
  return cpp;
}

std::size_t line_of(std::string_view text, std::size_t position) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, position), '\n'));
}

bool is_word_char(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace caretaker::structure
