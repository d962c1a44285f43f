// SPDX-License-Identifier: MIT
#include "ctl/detail_table.h"

#include <algorithm>

#include "base/text.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t detail_indent = 4;

std::size_t count_code_points(std::string_view valid_utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      valid_utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string one_line_each(std::span<const Column> columns, const char* detail_name,
                          std::span<const DetailRow> rows, const Console& console) {
  std::vector<Column> all(columns.begin(), columns.end());
  const bool has_details =
      std::ranges::any_of(rows, [](const DetailRow& row) { return !row.detail.empty(); });
  if (has_details) all.push_back({detail_name});
  Table table(all, console);
  for (const DetailRow& row : rows) {
    std::vector<Cell> cells = row.cells;
    if (has_details) cells.push_back({row.detail});
    table.add_row(cells);
  }
  return table.text();
}

}  // namespace

std::string wrap_text(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::string out;
  std::size_t column = 0;  // 0: no line is open
  while (!(text = trim(text)).empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const std::size_t length = count_code_points(word);
    if (column > 0 && width > 0 && column + 1 + length > width) {
      out += '\n';
      column = 0;
    }
    out.append(column == 0 ? margin : " ").append(word);
    column += (column == 0 ? indent : 1) + length;
  }
  return out.empty() ? out : out + '\n';
}

std::string detail_table(std::span<const Column> columns, const char* detail_name,
                         std::span<const DetailRow> rows, const Console& console) {
  if (console.width == 0) return one_line_each(columns, detail_name, rows, console);
  Table table(columns, console);
  for (const DetailRow& row : rows) table.add_row(row.cells);
  const std::string text = table.text();
  std::string_view rest = text;
  std::string out(take_line(rest));  // the header
  if (!out.empty()) out += '\n';
  for (const DetailRow& row : rows) {
    out.append(take_line(rest)).append("\n");
    if (row.detail.empty()) continue;
    std::string detail = wrap_text(escape_text(row.detail), detail_indent, console.width);
    if (detail.ends_with('\n')) detail.pop_back();
    out += console.paint(Colour::dim, detail) + '\n';
  }
  return out;
}

}  // namespace caretaker::ctl
