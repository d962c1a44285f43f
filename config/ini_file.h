// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace caretaker {

struct IniLine {
  int number = 0;    // from 1
  std::string text;  // without blanks at both ends
};

struct IniEntry {
  std::string key;
  std::vector<IniLine> values;  // what is behind '=', then the indented lines that continue it
};

struct IniSection {
  int line = 0;
  std::string name;
  std::vector<IniEntry> entries;
};

struct IniMistake {
  int line = 0;
  std::string section;  // empty: none
  std::string key;      // empty: none, or not fit to be shown
  std::string message;
};

// The text of one file as sections and entries in file order, with everything in it that is no INI.
struct IniFile {
  std::vector<IniSection> sections;
  std::vector<IniMistake> mistakes;
};

// What inih as Debian builds it (INI_MAX_LINE, MAX_SECTION) can hold; it silently cuts longer ones.
inline constexpr std::size_t ini_line_bytes_max = 199;
inline constexpr std::size_t ini_section_bytes_max = 49;

// Parsing ends there: such a file is no configuration.
inline constexpr std::size_t ini_mistakes_max = 100;

// Parses with inih, which gets only the lines that it reads as their author meant them. What it would cut or
// misread becomes a mistake instead: long lines and section names, comments behind a value, text behind a
// section, indented lines that continue nothing, bytes that are not printable UTF-8. Keys below a refused
// section line are left out without further mistakes, as are indented lines below a refused key.
[[nodiscard]] IniFile parse_ini(std::string_view text);

// Letters, digits and '_', at most 64: what a message may show of a file that may be no configuration.
[[nodiscard]] bool is_showable_key(std::string_view key);

}  // namespace caretaker
