// SPDX-License-Identifier: MIT
#include "config/ini_file.h"

#include <ini.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::size_t key_bytes_max = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_section_byte(char c) {
  return is_word_byte(c) || c == '.' || c == '-';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

// inih ends a value, and a section name, before a ';' that follows a blank.
bool has_inline_comment(std::string_view content) {
  for (std::size_t i = 1; i < content.size(); ++i) {
    if (content[i] == ';' && is_blank(content[i - 1])) return true;
  }
  return false;
}

// Why no line of a configuration may look like this; empty when all is well.
std::string_view mistake_in_bytes(std::string_view line) {
  if (line.contains('\0')) return "contains a NUL byte: this is not a text file";
  if (!is_valid_utf8(line)) return "is not valid UTF-8";
  if (std::ranges::any_of(line, is_control)) return "contains a control character";
  return {};
}

// One run of inih over one text: the reader gives it line by line, the handler takes the entries.
class IniParser {
 public:
  explicit IniParser(std::string_view text) : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }

  IniFile parse() {
    // Its result names only the first line that it did not understand; read() finds all of them.
    ::ini_parse_stream(
        [](char* buffer, int size, void* self) noexcept {
          return static_cast<IniParser*>(self)->read(buffer, static_cast<std::size_t>(size));
        },
        this,
        [](void* self, const char*, const char* key, const char* value) noexcept {
          return static_cast<IniParser*>(self)->take(key, value);
        },
        this);
    return std::move(file_);
  }

 private:
  // What an indented line would continue.
  enum class Open { nothing, entry, refused };

  char* read(char* buffer, std::size_t size) {
    if (std::exchange(unanswered_, false)) {
      refuse("is neither 'key = value' nor '[section]' nor a comment");
    }
    if (rest_.empty() || file_.mistakes.size() >= ini_mistakes_max) return nullptr;
    line_ = take_line(rest_);
    ++line_number_;
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    const std::size_t length = admit() && line_.size() < size ? line_.size() : 0;
    std::memcpy(buffer, line_.data(), length);
    buffer[length] = '\0';
    return buffer;
  }

  int take(std::string_view key, std::string_view value) {
    unanswered_ = false;
    if (key.empty()) {
      refuse("has no key before the '='");
      return 1;
    }
    auto& entries = file_.sections.back().entries;
    if (!continues_) entries.push_back({std::string(key), {}});
    entries.back().values.push_back({line_number_, std::string(value)});
    open_ = Open::entry;
    return 1;
  }

  // Whether inih may see the current line; an empty one takes the place of all others.
  bool admit() {
    const std::string_view content = trim(line_);
    const bool is_section = line_.starts_with('[');
    continues_ = !line_.empty() && is_blank(line_.front());
    if (is_section) in_section_ = in_refused_section_ = false;
    if (const std::string_view mistake = mistake_in_bytes(line_); !mistake.empty()) {
      in_refused_section_ = in_refused_section_ || is_section;
      refuse(std::string(mistake));
      return false;
    }
    if (content.empty() || content.front() == ';' || content.front() == '#') return false;
    if (is_section) return admit_section(content);
    if (in_refused_section_ || (continues_ && open_ == Open::refused)) return false;
    return admit_entry(content);
  }

  bool admit_section(std::string_view content) {
    const std::string_view name = content.substr(1, content.find(']') - 1);
    if (!content.ends_with(']') || name.size() + 2 != content.size()) {
      refuse("a section is '[name]' on a line of its own");
    } else if (name.size() > ini_section_bytes_max) {
      refuse("the section's name is longer than " + std::to_string(ini_section_bytes_max) + " bytes");
    } else if (name.empty() || !std::ranges::all_of(name, is_section_byte)) {
      refuse("a section's name consists of letters, digits, '_', '-' and '.'");
    } else {
      file_.sections.push_back({line_number_, std::string(name), {}});
      in_section_ = true;
      open_ = Open::nothing;
    }
    in_refused_section_ = !in_section_;
    return in_section_;
  }

  bool admit_entry(std::string_view content) {
    if (continues_ && open_ == Open::nothing) {
      refuse("begins with a blank, but there is no list above that it could continue: remove the blank");
    } else if (!in_section_) {
      refuse("stands outside of a section: put it below a line such as [service]");
    } else if (line_.size() > ini_line_bytes_max) {
      refuse("the line has " + std::to_string(line_.size()) + " bytes, at most " +
             std::to_string(ini_line_bytes_max) + " are read: lists continue on indented lines");
    } else if (has_inline_comment(content)) {
      refuse(
          "' ;' would end the value here: write comments on lines of their own, "
          "and a password that contains it into a file (password_file)");
    } else {
      unanswered_ = true;
    }
    return unanswered_;
  }

  void refuse(std::string message) {
    IniMistake mistake{line_number_, in_section_ ? file_.sections.back().name : "", "", std::move(message)};
    if (!continues_) {
      const std::string_view key = trim(line_.substr(0, line_.find_first_of("=:")));
      if (key.size() < trim(line_).size() && is_showable_key(key)) mistake.key = key;
    } else if (open_ == Open::entry) {
      mistake.key = shown_key();
    }
    file_.mistakes.push_back(std::move(mistake));
    if (!continues_) open_ = Open::refused;
  }

  [[nodiscard]] std::string shown_key() const {
    const std::string& key = file_.sections.back().entries.back().key;
    return is_showable_key(key) ? key : "";
  }

  std::string_view rest_;
  std::string_view line_;
  int line_number_ = 0;
  bool continues_ = false;   // the current line is indented
  bool unanswered_ = false;  // inih has the current line and has not called the handler for it yet
  bool in_section_ = false;
  bool in_refused_section_ = false;
  Open open_ = Open::nothing;
  IniFile file_;
};

}  // namespace

IniFile parse_ini(std::string_view text) {
  return IniParser(text).parse();
}

bool is_showable_key(std::string_view key) {
  return !key.empty() && key.size() <= key_bytes_max && std::ranges::all_of(key, is_word_byte);
}

}  // namespace caretaker
