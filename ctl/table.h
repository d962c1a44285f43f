// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ctl/console.h"

struct libscols_table;

namespace caretaker::ctl {

enum class Align : std::uint8_t { left, right, shrink };  // shrink: left, cut when the terminal is narrow

struct Column {
  const char* name = "";
  Align align = Align::left;
};

struct Cell {
  std::string text;  // of any origin: escaped here
  Colour colour = Colour::none;
};

// A table in columns (libsmartcols). Throws std::bad_alloc when memory is out, as the standard containers.
class Table {
 public:
  Table(std::span<const Column> columns, const Console& console);

  // One cell per column.
  void add_row(std::span<const Cell> cells);
  // The header and all rows, each with its newline; nothing at all without rows.
  [[nodiscard]] std::string text() const;

 private:
  std::unique_ptr<libscols_table, void (*)(libscols_table*)> table_;
  bool colours_;
};

}  // namespace caretaker::ctl
