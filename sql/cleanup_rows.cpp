// SPDX-License-Identifier: MIT
#include "sql/cleanup_rows.h"

#include <algorithm>
#include <limits>
#include <string>

namespace caretaker {
namespace {

// Binds one value after the other.
class Binder {
 public:
  explicit Binder(SqliteStatement& statement) : statement_(statement) {}

  Binder& operator()(std::int64_t value) {
    statement_.bind(next_++, value);
    return *this;
  }
  Binder& operator()(std::uint64_t value) { return (*this)(sql_integer(value)); }
  Binder& operator()(std::string_view text) {
    statement_.bind(next_++, text);
    return *this;
  }

 private:
  SqliteStatement& statement_;
  int next_ = 2;
};

std::uint64_t unsigned_of(const SqliteStatement& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(column), 0));
}

}  // namespace

std::int64_t sql_integer(std::uint64_t value) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(value, most));
}

void bind_cleanup_run(SqliteStatement& statement, const CleanupRun& run) {
  Binder bind(statement);
  bind(run.time_ms)(run.run_id)(run.trigger)(run.mode)(run.engine)(run.ended_ms)(run.outcome)(run.note);
  bind(run.filesystem)(run.avail_bytes_before)(run.avail_bytes_after)(run.files_free_before);
  bind(run.files_free_after)(run.wanted_bytes)(run.bytes_min)(run.bytes_max)(run.reported_bytes);
  bind(run.planned)(run.removed)(run.kept)(run.failed)(run.verdicts);
}

void bind_cleanup_action(SqliteStatement& statement, const CleanupAction& action) {
  Binder bind(statement);
  bind(action.time_ms)(action.run_id)(action.number)(to_string(action.kind))(action.object_id)(action.names);
  bind(action.reason)(action.explanation)(action.state)(action.bytes_min)(action.bytes_max);
  bind(action.created_ms)(action.first_seen_ms)(action.last_used_ms)(action.ended_ms);
  bind(std::int64_t{action.http_status})(action.engine_message);
}

CleanupRun read_cleanup_run(const SqliteStatement& row) {
  return {.time_ms = row.integer(1),
          .run_id = row.integer(2),
          .trigger = std::string(row.text(3)),
          .mode = std::string(row.text(4)),
          .engine = std::string(row.text(5)),
          .ended_ms = row.integer(6),
          .outcome = std::string(row.text(7)),
          .note = std::string(row.text(8)),
          .filesystem = std::string(row.text(9)),
          .avail_bytes_before = unsigned_of(row, 10),
          .avail_bytes_after = unsigned_of(row, 11),
          .files_free_before = unsigned_of(row, 12),
          .files_free_after = unsigned_of(row, 13),
          .wanted_bytes = unsigned_of(row, 14),
          .bytes_min = unsigned_of(row, 15),
          .bytes_max = unsigned_of(row, 16),
          .reported_bytes = unsigned_of(row, 17),
          .planned = unsigned_of(row, 18),
          .removed = unsigned_of(row, 19),
          .kept = unsigned_of(row, 20),
          .failed = unsigned_of(row, 21),
          .verdicts = std::string(row.text(22))};
}

CleanupAction read_cleanup_action(const SqliteStatement& row) {
  return {.time_ms = row.integer(1),
          .run_id = row.integer(2),
          .number = row.integer(3),
          .kind = parse_object_kind(row.text(4)).value_or(ObjectKind::image),
          .object_id = std::string(row.text(5)),
          .names = std::string(row.text(6)),
          .reason = std::string(row.text(7)),
          .explanation = std::string(row.text(8)),
          .state = std::string(row.text(9)),
          .bytes_min = unsigned_of(row, 10),
          .bytes_max = unsigned_of(row, 11),
          .created_ms = row.integer(12),
          .first_seen_ms = row.integer(13),
          .last_used_ms = row.integer(14),
          .ended_ms = row.integer(15),
          .http_status = static_cast<int>(row.integer(16)),
          .engine_message = std::string(row.text(17))};
}

}  // namespace caretaker
