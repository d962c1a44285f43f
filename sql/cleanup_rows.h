// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "base/cleanup_record.h"
#include "sql/sqlite.h"

namespace caretaker {

// SQL has no unsigned integers: what is larger than 2^63 - 1 becomes that.
[[nodiscard]] std::int64_t sql_integer(std::uint64_t value);

// The columns of the tables `cleanup_runs` and `cleanup_actions` behind `seq`, in the order of the functions
// below.
inline constexpr std::string_view cleanup_run_columns =
    "time_ms, run_id, trigger, mode, engine, ended_ms, outcome, note, filesystem, avail_bytes_before, "
    "avail_bytes_after, files_free_before, files_free_after, wanted_bytes, bytes_min, bytes_max, "
    "reported_bytes, planned, removed, kept, failed, verdicts";
inline constexpr std::string_view cleanup_action_columns =
    "time_ms, run_id, number, kind, object_id, names, reason, explanation, state, bytes_min, bytes_max, "
    "created_ms, first_seen_ms, last_used_ms, ended_ms, http_status, engine_message";

// The parameters from ?2 on; the texts must live until the next reset.
void bind_cleanup_run(SqliteStatement& statement, const CleanupRun& run);
void bind_cleanup_action(SqliteStatement& statement, const CleanupAction& action);

// From the columns from 1 on.
[[nodiscard]] CleanupRun read_cleanup_run(const SqliteStatement& row);
[[nodiscard]] CleanupAction read_cleanup_action(const SqliteStatement& row);

}  // namespace caretaker
