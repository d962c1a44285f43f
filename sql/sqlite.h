// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace caretaker {

// Errors of this layer carry an errno: EUCLEAN when SQLite calls the file corrupt or no database at all
// (SQLITE_CORRUPT, SQLITE_NOTADB) or when it has not the tables and columns of a statement, EBUSY when
// another connection holds it, else the system's or 0.
[[nodiscard]] bool is_corruption(const Error& error);

// A prepared statement. Belongs to its connection's thread and is destroyed before the connection. A bind
// that fails shows in the next step. Texts are not copied: they must live until the next reset.
class SqliteStatement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement);

  SqliteStatement& bind(int index, std::int64_t value);
  SqliteStatement& bind(int index, double value);
  SqliteStatement& bind(int index, std::string_view value);
  SqliteStatement& bind_null(int index);

  // True: a row is there. False: done. An error or the end resets the statement.
  [[nodiscard]] Result<bool> step();
  // Steps to the end and resets.
  [[nodiscard]] Result<> run();
  // The first column of the first row, if there is one, and resets.
  [[nodiscard]] Result<std::optional<std::int64_t>> query_integer();
  // Ends a statement whose remaining rows are not wanted.
  void reset();

  // Columns of the row, from 0. Texts live until the next step or reset.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_result_ = 0;
};

// One SQLite connection (sqlite3_open_v2(3)), used by one thread at a time. Closing rolls back what is open.
class SqliteConnection {
 public:
  enum class Mode : std::uint8_t { read_only, read_write };

  [[nodiscard]] static Result<SqliteConnection> open(const std::string& path, Mode mode,
                                                     std::chrono::milliseconds busy_timeout);

  // Any number of statements without results.
  [[nodiscard]] Result<> execute(const std::string& sql);
  // Statements that are kept: prepared for repeated use.
  [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql);
  // The first column of the first row, or `absent` when there is none.
  [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql, std::int64_t absent = 0);

  [[nodiscard]] std::int64_t last_insert_rowid() const;
  // Rows that the last statement inserted, updated or deleted.
  [[nodiscard]] int changes() const;
  // The file was renamed, deleted or replaced under the connection.
  [[nodiscard]] bool has_moved() const;
  // Of the database file and the write-ahead log, asked of SQLite's own descriptors: no path is looked up.
  [[nodiscard]] std::uint64_t size_bytes() const;
  // From here on the write-ahead log is copied into the database only by checkpoint(), which does not wait
  // for readers; wal_pages() is the log's length at the last commit.
  void take_over_checkpoints();
  [[nodiscard]] int wal_pages() const { return *wal_pages_; }
  [[nodiscard]] Result<> checkpoint();

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit SqliteConnection(sqlite3* connection);
  std::unique_ptr<int> wal_pages_;  // at an address of its own: SQLite's hook writes it
  std::unique_ptr<sqlite3, Close> connection_;
};

// Prepares many statements and remembers the first failure, whose statement must then not be used.
class StatementSet {
 public:
  explicit StatementSet(SqliteConnection& connection) : connection_(connection) {}
  [[nodiscard]] SqliteStatement prepare(std::string_view sql);
  [[nodiscard]] const Result<>& all_prepared() const { return result_; }

 private:
  SqliteConnection& connection_;
  Result<> result_;
};

// Calls `on_row`, which returns a Result<>, for every row.
template <class OnRow>
Result<> for_each_row(SqliteStatement& statement, const OnRow& on_row) {
  for (;;) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (Result<> done = on_row(statement); !done) {
      statement.reset();
      return done;
    }
  }
}

}  // namespace caretaker
