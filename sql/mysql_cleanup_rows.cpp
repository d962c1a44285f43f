// SPDX-License-Identifier: MIT
#include "sql/mysql_cleanup_rows.h"

#include <fmt/format.h>

#include <span>

#include "base/text.h"
#include "sql/cleanup_rows.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_literal.h"

namespace caretaker {
namespace {

// Bytes; the columns of type VARCHAR count characters, so these are never too many.
constexpr std::size_t word_max = 16;
constexpr std::size_t reason_max = 32;
constexpr std::size_t name_max = 255;
constexpr std::size_t text_max = 65'535;
constexpr std::size_t medium_text_max = 16'777'215;

// What DATETIME holds ends with the year 9999. An engine may tell any time, and the year 1 for none.
constexpr std::int64_t time_ms_max = 253'402'300'799'999;

MysqlUpsert upsert(std::string_view table, std::span<const std::string_view> keys,
                   std::span<const std::string_view> columns) {
  std::string names;
  std::string changes;
  for (const std::string_view key : keys) names += fmt::format("{}{}", names.empty() ? "" : ", ", key);
  for (const std::string_view column : columns) {
    names += fmt::format(", `{}`", column);
    changes += fmt::format("{}`{}` = IF(VALUES(ended_at) IS NULL, `{}`, VALUES(`{}`))",
                           changes.empty() ? "" : ", ", column, column, column);
  }
  return {.head = fmt::format("INSERT INTO {} ({}) VALUES ", table, names),
          .tail = " ON DUPLICATE KEY UPDATE " + changes};
}

// Appends the values of one row, in the order of the columns.
class Row {
 public:
  Row(std::string& row, const MysqlConnection& connection) : row_(row), connection_(connection) {
    row_ += '(';
  }

  Row& integer(std::int64_t value) {
    begin();
    append_integer(row_, value);
    return *this;
  }
  Row& unsigned_integer(std::uint64_t value) { return integer(sql_integer(value)); }
  Row& time(std::int64_t time_ms) {
    begin();
    append_time(row_, time_ms);
    return *this;
  }
  Row& time_if_known(std::int64_t time_ms) {
    if (time_ms > 0 && time_ms <= time_ms_max) return time(time_ms);
    begin();
    row_ += "NULL";
    return *this;
  }
  Row& text(std::string_view text, std::size_t bytes_max) {
    begin();
    connection_.append_quoted(row_, cut_text(text, bytes_max));
    return *this;
  }
  void end() { row_ += ')'; }

 private:
  void begin() {
    if (!first_) row_ += ',';
    first_ = false;
  }

  std::string& row_;
  const MysqlConnection& connection_;
  bool first_ = true;
};

}  // namespace

const MysqlUpsert& cleanup_run_upsert() {
  static constexpr std::string_view keys[] = {"host_id", "time", "run_id"};
  static constexpr std::string_view columns[] = {"trigger",
                                                 "mode",
                                                 "engine",
                                                 "ended_at",
                                                 "outcome",
                                                 "note",
                                                 "filesystem",
                                                 "avail_bytes_before",
                                                 "avail_bytes_after",
                                                 "files_free_before",
                                                 "files_free_after",
                                                 "wanted_bytes",
                                                 "bytes_min",
                                                 "bytes_max",
                                                 "reported_bytes",
                                                 "planned",
                                                 "removed",
                                                 "kept",
                                                 "failed",
                                                 "verdicts"};
  static const MysqlUpsert statement = upsert("cleanup_runs", keys, columns);
  return statement;
}

const MysqlUpsert& cleanup_action_upsert() {
  static constexpr std::string_view keys[] = {"host_id", "time", "run_id", "number"};
  static constexpr std::string_view columns[] = {
      "kind",      "object_id",  "names",      "reason",    "explanation", "state",       "bytes_min",
      "bytes_max", "created_at", "first_seen", "last_used", "ended_at",    "http_status", "engine_message"};
  static const MysqlUpsert statement = upsert("cleanup_actions", keys, columns);
  return statement;
}

void append_cleanup_run(std::string& row, const MysqlConnection& connection, std::int64_t host_id,
                        const CleanupRun& run) {
  Row values(row, connection);
  values.integer(host_id).time(run.time_ms).integer(run.run_id);
  values.text(run.trigger, word_max).text(run.mode, word_max).text(run.engine, name_max);
  values.time_if_known(run.ended_ms).text(run.outcome, word_max).text(run.note, text_max);
  values.text(run.filesystem, text_max);
  for (const std::uint64_t number : {run.avail_bytes_before, run.avail_bytes_after, run.files_free_before,
                                     run.files_free_after, run.wanted_bytes, run.bytes_min, run.bytes_max,
                                     run.reported_bytes, run.planned, run.removed, run.kept, run.failed}) {
    values.unsigned_integer(number);
  }
  values.text(run.verdicts, text_max).end();
}

void append_cleanup_action(std::string& row, const MysqlConnection& connection, std::int64_t host_id,
                           const CleanupAction& action) {
  Row values(row, connection);
  values.integer(host_id).time(action.time_ms).integer(action.run_id).integer(action.number);
  values.text(to_string(action.kind), word_max).text(action.object_id, text_max);
  values.text(action.names, medium_text_max).text(action.reason, reason_max);
  values.text(action.explanation, text_max).text(action.state, word_max);
  values.unsigned_integer(action.bytes_min).unsigned_integer(action.bytes_max);
  values.time_if_known(action.created_ms).time_if_known(action.first_seen_ms);
  values.time_if_known(action.last_used_ms).time_if_known(action.ended_ms);
  values.integer(action.http_status).text(action.engine_message, text_max).end();
}

}  // namespace caretaker
