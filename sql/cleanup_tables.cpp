// SPDX-License-Identifier: MIT
#include "sql/cleanup_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "sql/cleanup_rows.h"

namespace caretaker {
namespace {

// A row of the table: `seq` and the columns, with one parameter each.
std::string replace_sql(std::string_view table, std::string_view columns) {
  std::string parameters = "?1";
  const auto count = 1 + std::ranges::count(columns, ',');
  for (int column = 0; column < count; ++column) parameters += fmt::format(", ?{}", column + 2);
  return fmt::format("INSERT OR REPLACE INTO {} (seq, {}) VALUES ({})", table, columns, parameters);
}

}  // namespace

Result<CleanupTables> CleanupTables::create(SqliteConnection& connection) {
  StatementSet set(connection);
  Statements statements{
      .empty_run_batch = set.prepare(
          "UPDATE batches SET rows = 0 WHERE seq = (SELECT seq FROM cleanup_runs WHERE run_id = ?1)"),
      .run = set.prepare(replace_sql("cleanup_runs", cleanup_run_columns)),
      .empty_action_batch =
          set.prepare("UPDATE batches SET rows = 0 WHERE seq = "
                      "(SELECT seq FROM cleanup_actions WHERE run_id = ?1 AND number = ?2)"),
      .action = set.prepare(replace_sql("cleanup_actions", cleanup_action_columns)),
      .usage = set.prepare("INSERT OR REPLACE INTO cleanup_usage (kind, id, first_seen_ms, last_used_ms, "
                           "unused_since_ms) VALUES (?1, ?2, ?3, ?4, ?5)"),
      .forget = set.prepare("DELETE FROM cleanup_usage WHERE kind = ?1 AND id = ?2"),
      .observation = set.prepare("INSERT OR REPLACE INTO cleanup_observation (one, first_ms, since_ms, "
                                 "until_ms, last_event_ns) VALUES (1, ?1, ?2, ?3, ?4)"),
  };
  if (const auto& all = set.all_prepared(); !all) return std::unexpected(all.error());
  return CleanupTables(std::move(statements));
}

Result<> CleanupTables::write(std::int64_t seq, const CleanupRun& run) {
  if (auto emptied = statements_.empty_run_batch.bind(1, run.run_id).run(); !emptied) return emptied;
  bind_cleanup_run(statements_.run.bind(1, seq), run);
  return statements_.run.run();
}

Result<> CleanupTables::write(std::int64_t seq, const CleanupAction& action) {
  statements_.empty_action_batch.bind(1, action.run_id).bind(2, action.number);
  if (auto emptied = statements_.empty_action_batch.run(); !emptied) return emptied;
  bind_cleanup_action(statements_.action.bind(1, seq), action);
  return statements_.action.run();
}

Result<> CleanupTables::write(const UsageChange& change) {
  if (change.observation) {
    const Observation& observation = *change.observation;
    statements_.observation.bind(1, observation.first_ms).bind(2, observation.since_ms);
    statements_.observation.bind(3, observation.until_ms).bind(4, observation.last_event_ns);
    if (auto written = statements_.observation.run(); !written) return written;
  }
  for (const auto& [kind, id] : change.forgotten) {
    statements_.forget.bind(1, to_string(kind)).bind(2, std::string_view(id));
    if (auto removed = statements_.forget.run(); !removed) return removed;
  }
  for (const ObjectUsage& usage : change.changed) {
    statements_.usage.bind(1, to_string(usage.kind)).bind(2, std::string_view(usage.id));
    statements_.usage.bind(3, usage.first_seen_ms).bind(4, usage.last_used_ms).bind(5, usage.unused_since_ms);
    if (auto written = statements_.usage.run(); !written) return written;
  }
  return {};
}

}  // namespace caretaker
