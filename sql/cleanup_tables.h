// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/cleanup_record.h"
#include "sql/sqlite.h"

namespace caretaker {

// Writes what cleanup did and what it remembers, inside the transaction of a commit. Store thread.
class CleanupTables {
 public:
  [[nodiscard]] static Result<CleanupTables> create(SqliteConnection& connection);

  // The row of the batch `seq`. An earlier record of the same run or action goes, and its batch stays as one
  // without rows: the cursor of the delivery may be there.
  [[nodiscard]] Result<> write(std::int64_t seq, const CleanupRun& run);
  [[nodiscard]] Result<> write(std::int64_t seq, const CleanupAction& action);

  [[nodiscard]] Result<> write(const UsageChange& change);

 private:
  struct Statements {
    SqliteStatement empty_run_batch;
    SqliteStatement run;
    SqliteStatement empty_action_batch;
    SqliteStatement action;
    SqliteStatement usage;
    SqliteStatement forget;
    SqliteStatement observation;
  };

  explicit CleanupTables(Statements statements) : statements_(std::move(statements)) {}

  Statements statements_;
};

}  // namespace caretaker
