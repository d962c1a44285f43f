// SPDX-License-Identifier: MIT
#pragma once

#include "base/sample.h"
#include "sql/rollup.h"
#include "sql/sqlite.h"

namespace caretaker {

// Numbers in as few bytes as SQLite can store them without losing a bit: whole ones as integers.
void bind_compact(SqliteStatement& statement, int index, double value);
void bind_compact(SqliteStatement& statement, int index, const Value& value);

// The parameters ?2 to ?7 of a row of the table `rollups`, with NULL for what follows from the others.
void bind_rollup(SqliteStatement& statement, const RollupSet::Entry& entry);
// From the columns 1 to 5 (count, min, max, sum, last) of a row.
[[nodiscard]] Rollup read_rollup(const SqliteStatement& row);

}  // namespace caretaker
