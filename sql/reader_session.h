// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "sql/sqlite.h"
#include "sql/store_reader.h"

namespace caretaker {

// The read-only connection of a StoreReader with its statements and the series it has read. Used by one
// thread.
class ReaderSession {
 public:
  struct Statements {
    SqliteStatement batches;
    SqliteStatement samples;
    SqliteStatement events;
    SqliteStatement job_runs;
    SqliteStatement cleanup_runs;
    SqliteStatement cleanup_actions;
    SqliteStatement dead_letters;
    SqliteStatement periods;
    SqliteStatement rollups;
    SqliteStatement first_seq_since;
    SqliteStatement first_period_since;
    SqliteStatement batch_time;
    SqliteStatement series;
    SqliteStatement all_series;
    SqliteStatement batches_backward;
    SqliteStatement history;
  };

  explicit ReaderSession(std::string path) : path_(std::move(path)) {}

  // Begins a read transaction; opens the store first where it is not open or another file took its path.
  [[nodiscard]] Result<> begin();
  [[nodiscard]] Result<> end();
  // After an error.
  void close();

  [[nodiscard]] const std::string& path() const { return path_; }
  // Between begin() and end(), like all below.
  [[nodiscard]] SqliteConnection& connection() { return *connection_; }
  [[nodiscard]] Statements& statements() { return *statements_; }
  // The row of the table `series`; valid until the next begin() or close().
  [[nodiscard]] Result<const StoredSeries*> series(std::int64_t number);

 private:
  struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
  };
  Result<> open();
  static Result<FileIdentity> identify(const std::string& path);
  static Result<Statements> prepare(SqliteConnection& connection);

  std::string path_;
  FileIdentity identity_;
  std::optional<SqliteConnection> connection_;
  std::optional<Statements> statements_;  // destroyed before the connection
  std::unordered_map<std::int64_t, StoredSeries> series_;
};

}  // namespace caretaker
