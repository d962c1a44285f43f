// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caretaker {

// One value in all the ways that SQLite gives it. NULL is an empty text and 0.
struct SqliteValue {
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
};
using SqliteRow = std::vector<SqliteValue>;

// The rows of a query, as anybody's program would read them: a read-only connection of its own over the
// SQLite C API. Failures throw.
[[nodiscard]] std::vector<SqliteRow> sqlite_rows(const std::string& file, const std::string& sql);
// The first column of the first row.
[[nodiscard]] std::int64_t sqlite_number(const std::string& file, const std::string& sql);

}  // namespace caretaker
