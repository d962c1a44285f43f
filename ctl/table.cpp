// SPDX-License-Identifier: MIT
#include "ctl/table.h"

#include <libsmartcols.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "base/text.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

void check(int result) {
  if (result != 0) throw std::bad_alloc();
}

template <class T>
T* check(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

int column_flags(Align align) {
  switch (align) {
    case Align::left:
      return 0;
    case Align::right:
      return SCOLS_FL_RIGHT;
    case Align::shrink:
      return SCOLS_FL_TRUNC;
  }
  return 0;
}

// libsmartcols pads cells to the column's width, also at the end of a line.
std::string without_trailing_blanks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    out.append(line).append("\n");
  }
  return out;
}

}  // namespace

Table::Table(std::span<const Column> columns, const Console& console)
    : table_(check(scols_new_table()), &scols_unref_table), colours_(console.colours) {
  for (const Column& column : columns) {
    check(scols_table_new_column(table_.get(), column.name, 0, column_flags(column.align)));
  }
  if (console.width > 0) {
    check(scols_table_set_termforce(table_.get(), SCOLS_TERMFORCE_ALWAYS));
    check(scols_table_set_termwidth(table_.get(), console.width));
  } else {
    check(scols_table_set_termforce(table_.get(), SCOLS_TERMFORCE_NEVER));
  }
  check(scols_table_enable_colors(table_.get(), colours_ ? 1 : 0));
}

void Table::add_row(std::span<const Cell> cells) {
  libscols_line* line = check(scols_table_new_line(table_.get(), nullptr));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    check(scols_line_set_data(line, i, escape_text(cells[i].text).c_str()));
    if (!colours_ || cells[i].colour == Colour::none) continue;
    const std::string sequence(colour_sequence(cells[i].colour));
    check(scols_cell_set_color(scols_line_get_cell(line, i), sequence.c_str()));
  }
}

std::string Table::text() const {
  char* printed = nullptr;
  check(scols_print_table_to_string(table_.get(), &printed));
  const std::unique_ptr<char, void (*)(void*)> owner(printed, std::free);
  return printed == nullptr ? std::string() : without_trailing_blanks(printed);
}

}  // namespace caretaker::ctl
