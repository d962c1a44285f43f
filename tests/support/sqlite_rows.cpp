// SPDX-License-Identifier: MIT
#include "support/sqlite_rows.h"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

namespace caretaker {
namespace {

constexpr int busy_timeout_ms = 10'000;

struct Close {
  void operator()(sqlite3* connection) const { ::sqlite3_close(connection); }
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

[[noreturn]] void give_up(sqlite3* connection, const std::string& sql) {
  throw std::runtime_error(sql + ": " + ::sqlite3_errmsg(connection));
}

SqliteValue value_of(sqlite3_stmt* statement, int column) {
  // Numbers first: asking for the text converts the value.
  SqliteValue value{.integer = ::sqlite3_column_int64(statement, column),
                    .real = ::sqlite3_column_double(statement, column)};
  if (const unsigned char* text = ::sqlite3_column_text(statement, column)) {
    value.text = reinterpret_cast<const char*>(text);
  }
  return value;
}

}  // namespace

std::vector<SqliteRow> sqlite_rows(const std::string& file, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int result = ::sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, Close> connection(opened);
  if (result != SQLITE_OK) give_up(opened, file);
  ::sqlite3_busy_timeout(opened, busy_timeout_ms);
  sqlite3_stmt* prepared = nullptr;
  if (::sqlite3_prepare_v2(opened, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) give_up(opened, sql);
  const std::unique_ptr<sqlite3_stmt, Close> statement(prepared);
  std::vector<SqliteRow> rows;
  int step = SQLITE_ROW;
  while ((step = ::sqlite3_step(prepared)) == SQLITE_ROW) {
    SqliteRow& row = rows.emplace_back();
    for (int i = 0; i < ::sqlite3_column_count(prepared); ++i) row.push_back(value_of(prepared, i));
  }
  if (step != SQLITE_DONE) give_up(opened, sql);
  return rows;
}

std::int64_t sqlite_number(const std::string& file, const std::string& sql) {
  return sqlite_rows(file, sql).at(0).at(0).integer;
}

}  // namespace caretaker
