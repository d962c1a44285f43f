// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/cleanup_record.h"

namespace caretaker {

class MysqlConnection;

// The INSERTs of the tables `cleanup_runs` and `cleanup_actions`, for MysqlInsert. Of a row that is there
// already a record of the plan changes nothing, and one of the end takes its place, so that deliveries in any
// order and number end in the same rows.
struct MysqlUpsert {
  std::string head;
  std::string tail;
};
[[nodiscard]] const MysqlUpsert& cleanup_run_upsert();
[[nodiscard]] const MysqlUpsert& cleanup_action_upsert();

// One row. Numbers are at most 2^63 - 1, unknown times NULL, and texts cut to what their column holds.
void append_cleanup_run(std::string& row, const MysqlConnection& connection, std::int64_t host_id,
                        const CleanupRun& run);
void append_cleanup_action(std::string& row, const MysqlConnection& connection, std::int64_t host_id,
                           const CleanupAction& action);

}  // namespace caretaker
