// SPDX-License-Identifier: MIT
#include "sql/store_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "sql/store_files.h"
#include "sqlite_schema.h"

namespace caretaker {
namespace {

constexpr std::int64_t application_id = 0x43544b52;  // "CTKR", shown by file(1)
constexpr std::int64_t schema_version = std::size(sqlite_schema::files);
constexpr std::uint64_t wal_bytes_default = 4U << 20;
constexpr std::chrono::milliseconds busy_timeout_writer{500};
constexpr std::chrono::milliseconds busy_timeout_reader{200};

std::unexpected<Error> refuse(const std::string& path, std::string_view what) {
  return fail(fmt::format("{} {}", path, what));
}

// Also the first read of the file: here SQLite finds out whether it is a database.
Result<std::int64_t> version_of(SqliteConnection& connection, const std::string& path) {
  const auto tables = connection.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*tables == 0) return 0;
  const auto application = connection.query_integer("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  if (*application != application_id) {
    return refuse(path, "is the SQLite database of another program: set [store] path to another file");
  }
  const auto version = connection.query_integer("PRAGMA user_version");
  if (version && *version > schema_version) {
    return refuse(path, fmt::format("has schema version {}, this program knows up to {}: install the newer "
                                    "caretaker again, or move the file away to begin a new store",
                                    *version, schema_version));
  }
  return version;
}

Result<> migrate(SqliteConnection& connection, std::int64_t version) {
  for (; version < schema_version; ++version) {
    const std::string file(sqlite_schema::files[version].text);
    const auto applied = connection.execute(
        fmt::format("BEGIN IMMEDIATE;\n{}\nPRAGMA application_id = {};\nPRAGMA user_version = {};\nCOMMIT;",
                    file, application_id, version + 1));
    if (!applied) return applied;
  }
  return {};
}

}  // namespace

std::uint64_t wal_bytes_max(std::uint64_t size_bytes_max) {
  return std::min(wal_bytes_default, size_bytes_max / 4);
}

Result<SqliteConnection> open_store_to_write(const std::string& path) {
  if (auto created = create_store_file(path); !created) return std::unexpected(created.error());
  auto connection = SqliteConnection::open(path, SqliteConnection::Mode::read_write, busy_timeout_writer);
  if (!connection) return connection;
  // auto_vacuum and page_size only take effect before the first table. The page size is SQLite's default
  // (4096): 8 and 16 KiB were no smaller and no faster.
  const auto set_up =
      connection->execute(fmt::format("PRAGMA page_size = {}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA "
                                      "mmap_size = 0; PRAGMA cache_size = -1024;",
                                      store_page_bytes));
  if (!set_up) return std::unexpected(set_up.error());
  const auto version = version_of(*connection, path);
  if (!version) return std::unexpected(version.error());
  // A log that begins again is cut off first: what it would overwrite may have left the page cache meanwhile,
  // and every write of a part of a page then reads that page from the disk.
  const auto logging = connection->execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 0;");
  if (!logging) return std::unexpected(logging.error());
  connection->take_over_checkpoints();
  if (const auto migrated = migrate(*connection, *version); !migrated) {
    return std::unexpected(migrated.error());
  }
  return connection;
}

Result<SqliteConnection> open_store_to_read(const std::string& path) {
  auto connection = SqliteConnection::open(path, SqliteConnection::Mode::read_only, busy_timeout_reader);
  if (!connection) return connection;
  const auto set_up = connection->execute(
      "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -512; PRAGMA query_only = "
      "1;");
  if (!set_up) return std::unexpected(set_up.error());
  const auto version = version_of(*connection, path);
  if (!version) return std::unexpected(version.error());
  if (*version == 0) return refuse(path, "has no tables yet");
  return connection;
}

}  // namespace caretaker
