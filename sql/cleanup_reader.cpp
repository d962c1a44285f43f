// SPDX-License-Identifier: MIT
#include "sql/cleanup_reader.h"

#include <fmt/format.h>

#include <string>

#include "sql/cleanup_rows.h"

namespace caretaker {
namespace {

Result<> read_objects(SqliteConnection& connection, StoredUsage& usage) {
  auto rows = connection.prepare(
      "SELECT kind, id, first_seen_ms, last_used_ms, unused_since_ms FROM cleanup_usage ORDER BY kind, id");
  if (!rows) return std::unexpected(rows.error());
  return for_each_row(*rows, [&](const SqliteStatement& row) -> Result<> {
    // A kind that only a newer version knows is not for us.
    const auto kind = parse_object_kind(row.text(0));
    if (!kind) return {};
    usage.objects.push_back({.kind = *kind,
                             .id = std::string(row.text(1)),
                             .first_seen_ms = row.integer(2),
                             .last_used_ms = row.integer(3),
                             .unused_since_ms = row.integer(4)});
    return {};
  });
}

Result<> read_observation(SqliteConnection& connection, StoredUsage& usage) {
  auto rows =
      connection.prepare("SELECT first_ms, since_ms, until_ms, last_event_ns FROM cleanup_observation");
  if (!rows) return std::unexpected(rows.error());
  return for_each_row(*rows, [&](const SqliteStatement& row) -> Result<> {
    usage.observation = {.first_ms = row.integer(0),
                         .since_ms = row.integer(1),
                         .until_ms = row.integer(2),
                         .last_event_ns = row.integer(3)};
    return {};
  });
}

Result<> read_actions(SqliteStatement& rows, StoredCleanup& cleanup, std::size_t actions_max) {
  rows.bind(1, cleanup.run.run_id).bind(2, sql_integer(actions_max));
  return for_each_row(rows, [&](const SqliteStatement& row) -> Result<> {
    cleanup.actions.push_back(read_cleanup_action(row));
    return {};
  });
}

}  // namespace

Result<StoredUsage> read_cleanup_usage(SqliteConnection& connection) {
  StoredUsage usage;
  if (auto read = read_objects(connection, usage); !read) return std::unexpected(read.error());
  if (auto read = read_observation(connection, usage); !read) return std::unexpected(read.error());
  const auto last_run =
      connection.query_integer("SELECT coalesce(max(time_ms), 0) FROM cleanup_runs WHERE ended_ms <> 0");
  if (!last_run) return std::unexpected(last_run.error());
  usage.last_run_ms = *last_run;
  return usage;
}

Result<std::vector<StoredCleanup>> read_cleanup_history(SqliteConnection& connection, std::int64_t since_ms,
                                                        std::size_t runs_max, std::size_t actions_max) {
  auto runs =
      connection.prepare(fmt::format("SELECT seq, {} FROM cleanup_runs WHERE time_ms >= ?1 "
                                     "ORDER BY time_ms DESC, seq DESC LIMIT ?2",
                                     cleanup_run_columns));
  if (!runs) return std::unexpected(runs.error());
  auto actions = connection.prepare(
      fmt::format("SELECT seq, {} FROM cleanup_actions WHERE run_id = ?1 ORDER BY number LIMIT ?2",
                  cleanup_action_columns));
  if (!actions) return std::unexpected(actions.error());
  std::vector<StoredCleanup> history;
  runs->bind(1, since_ms).bind(2, sql_integer(runs_max));
  const auto read = for_each_row(*runs, [&](const SqliteStatement& row) -> Result<> {
    history.push_back({.run = read_cleanup_run(row), .actions = {}});
    return {};
  });
  if (!read) return std::unexpected(read.error());
  for (StoredCleanup& cleanup : history) {
    if (auto done = read_actions(*actions, cleanup, actions_max); !done) return std::unexpected(done.error());
    actions_max -= cleanup.actions.size();
  }
  return history;
}

}  // namespace caretaker
