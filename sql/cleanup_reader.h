// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sql/sqlite.h"
#include "sql/store_reader.h"

namespace caretaker {

// What StoreReader tells of cleanup, inside a read transaction. Statements are made for each call: these
// questions are rare.
[[nodiscard]] Result<StoredUsage> read_cleanup_usage(SqliteConnection& connection);
[[nodiscard]] Result<std::vector<StoredCleanup>> read_cleanup_history(SqliteConnection& connection,
                                                                      std::int64_t since_ms,
                                                                      std::size_t runs_max,
                                                                      std::size_t actions_max);

}  // namespace caretaker
