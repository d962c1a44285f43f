// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sql/sqlite.h"

namespace caretaker {

// The log is copied into the database when it is this long; it shares the store's size limit.
[[nodiscard]] std::uint64_t wal_bytes_max(std::uint64_t size_bytes_max);

inline constexpr std::uint64_t store_page_bytes = 4096;

// The writing connection to a store, which is created or migrated forward (sql/sqlite/*.sql, applied in the
// order of their numbers, each in a transaction of its own; PRAGMA user_version is the last one applied).
// Refuses a newer schema and the SQLite databases of other programs.
[[nodiscard]] Result<SqliteConnection> open_store_to_write(const std::string& path);

// A read-only connection, which never creates, writes or checkpoints.
[[nodiscard]] Result<SqliteConnection> open_store_to_read(const std::string& path);

}  // namespace caretaker
