// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/console.h"
#include "ctl/table.h"

namespace caretaker::ctl {

// A row with a sentence, which may be long.
struct DetailRow {
  std::vector<Cell> cells;
  std::string detail;  // of any origin; may be empty
};

// A table whose rows have a sentence each. On a terminal it stands below its row, wrapped, so that it is
// never cut; elsewhere it is the last column, named `detail_name`, so that a row is one line.
[[nodiscard]] std::string detail_table(std::span<const Column> columns, const char* detail_name,
                                       std::span<const DetailRow> rows, const Console& console);

// Valid UTF-8 in lines of at most `width` code points (longer words are not broken), each after `indent`
// blanks and with its newline. A width of 0 is no limit.
[[nodiscard]] std::string wrap_text(std::string_view text, std::size_t indent, std::size_t width);

}  // namespace caretaker::ctl
