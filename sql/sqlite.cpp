// SPDX-License-Identifier: MIT
#include "sql/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace caretaker {
namespace {

int errno_of(sqlite3* connection, int result) {
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return EUCLEAN;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return EBUSY;
    case SQLITE_FULL:
      return ENOSPC;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return sqlite3_system_errno(connection);
    default:
      return 0;
  }
}

std::unexpected<Error> failure(sqlite3* connection, int result) {
  const int code = errno_of(connection, result);
  if ((result & 0xff) == SQLITE_BUSY) {
    return std::unexpected(Error{code,
                                 "the store is locked by another program (sqlite3 with an open "
                                 "transaction?)"});
  }
  if (code == 0 || code == EUCLEAN) return std::unexpected(Error{code, sqlite3_errmsg(connection)});
  return fail_errno(code, sqlite3_errmsg(connection));
}

}  // namespace

bool is_corruption(const Error& error) {
  return error.code == EUCLEAN;
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

SqliteStatement& SqliteStatement::bind(int index, std::int64_t value) {
  bind_result_ |= sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int index) {
  bind_result_ |= sqlite3_bind_null(statement_.get(), index);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int index, double value) {
  bind_result_ |= sqlite3_bind_double(statement_.get(), index, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int index, std::string_view value) {
  // A null pointer would bind NULL.
  const char* data = value.data() != nullptr ? value.data() : "";
  bind_result_ |=
      sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Result<bool> SqliteStatement::step() {
  if (std::exchange(bind_result_, SQLITE_OK) != SQLITE_OK) {
    reset();
    return fail("SQLite cannot bind a value (too long, or no such parameter)");
  }
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = failure(sqlite3_db_handle(statement_.get()), result);
  reset();
  return error;
}

Result<> SqliteStatement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());  // repeats the error of the step that the caller has already seen
}

Result<std::optional<std::int64_t>> SqliteStatement::query_integer() {
  const auto row = step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const std::int64_t value = integer(0);
  reset();
  return value;
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double SqliteStatement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view SqliteStatement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void SqliteConnection::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

SqliteConnection::SqliteConnection(sqlite3* connection)
    : wal_pages_(std::make_unique<int>(0)), connection_(connection) {}

Result<SqliteConnection> SqliteConnection::open(const std::string& path, Mode mode,
                                                std::chrono::milliseconds busy_timeout) {
  const int flags = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  // Nobody asks SQLite how much memory it uses; counting takes a mutex at every allocation.
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteConnection connection(raw);  // there also after a failure, and then holds its message
  if (raw == nullptr) return fail_errno(ENOMEM, "open " + path);
  if (result != SQLITE_OK) return failure(raw, result);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return connection;
}

Result<> SqliteConnection::execute(const std::string& sql) {
  const int result = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failure(connection_.get(), result);
  return {};
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if ((result & 0xff) == SQLITE_ERROR) {
    return std::unexpected(Error{EUCLEAN, sqlite3_errmsg(connection_.get())});
  }
  if (result != SQLITE_OK) return failure(connection_.get(), result);
  return SqliteStatement(raw);
}

Result<std::int64_t> SqliteConnection::query_integer(std::string_view sql, std::int64_t absent) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto value = statement->query_integer();
  if (!value) return std::unexpected(value.error());
  return value->value_or(absent);
}

int SqliteConnection::changes() const {
  return sqlite3_changes(connection_.get());
}

std::int64_t SqliteConnection::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

bool SqliteConnection::has_moved() const {
  int moved = 0;
  return sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

std::uint64_t SqliteConnection::size_bytes() const {
  std::uint64_t sum = 0;
  for (const int operation : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    sqlite3_int64 size = 0;
    const bool known =
        sqlite3_file_control(connection_.get(), "main", operation, static_cast<void*>(&file)) == SQLITE_OK &&
        file != nullptr && file->pMethods != nullptr && file->pMethods->xFileSize(file, &size) == SQLITE_OK;
    if (known) sum += static_cast<std::uint64_t>(size);
  }
  return sum;
}

void SqliteConnection::take_over_checkpoints() {
  const auto on_commit = [](void* wal_pages, sqlite3*, const char*, int pages) {
    *static_cast<int*>(wal_pages) = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.get(), on_commit, wal_pages_.get());
}

Result<> SqliteConnection::checkpoint() {
  const int result =
      sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (result != SQLITE_OK && result != SQLITE_BUSY) return failure(connection_.get(), result);
  return {};
}

SqliteStatement StatementSet::prepare(std::string_view sql) {
  auto statement = connection_.prepare(sql);
  if (statement) return std::move(*statement);
  if (result_) result_ = std::unexpected(statement.error());
  return SqliteStatement(nullptr);
}

}  // namespace caretaker
