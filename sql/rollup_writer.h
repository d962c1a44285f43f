// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "sql/rollup.h"
#include "sql/sqlite.h"

namespace caretaker {

// What a start reads must not depend on how much the store holds. The plus keeps SQLite from the index on
// length_s, through which it would read and sort every minute; from the newest period on, a minute is the
// first or the second row. The index that is named keeps it from reading every batch only because they are
// wanted in the order of seq.
inline constexpr std::string_view newest_minute_sql =
    "SELECT time_ms FROM periods WHERE +length_s = 60 ORDER BY period DESC LIMIT 1";
inline constexpr std::string_view batches_between_sql =
    "SELECT seq FROM batches INDEXED BY batches_by_time WHERE time_ms >= ?1 AND time_ms < ?2 ORDER BY seq";

// Keeps the rollups of the minute that is being stored, and writes them when samples of another minute
// arrive; an hour is made from its minutes in the same way. All within the transaction of the samples. After
// a restart the open minute is read again from its samples. Lives as long as the writing connection and its
// transactions succeed; store thread.
class RollupWriter {
 public:
  [[nodiscard]] static Result<RollupWriter> open(SqliteConnection& connection);

  // Before the samples of a batch with this time are stored and added.
  [[nodiscard]] Result<> enter(std::int64_t time_ms);
  // One of its samples; `from` is 0 for the first one and then what the last call returned.
  RollupSet::Position add(std::int64_t series, double value, RollupSet::Position from) {
    return minute_.add(series, value, from);
  }

  // Once per closed minute: removes the minutes and hours from before these times, a bounded number at once.
  // False: there was none.
  [[nodiscard]] Result<bool> expire_if_due(std::int64_t minutes_before_ms, std::int64_t hours_before_ms);
  // False: there is none from before that time.
  [[nodiscard]] Result<bool> remove_oldest_minute(std::int64_t before_ms);

 private:
  struct Statements {
    SqliteStatement newest_batch;
    SqliteStatement batches_between;
    SqliteStatement samples_of;
    SqliteStatement newest_minute;
    SqliteStatement find_period;
    SqliteStatement oldest_period;
    SqliteStatement insert_period;
    SqliteStatement delete_period;
    SqliteStatement rollups_between;
    SqliteStatement rollups_of;
    SqliteStatement insert_rollup;
    SqliteStatement delete_rollups;
  };
  RollupWriter(SqliteConnection& connection, Statements statements)
      : connection_(&connection), statements_(std::move(statements)) {}
  static Result<Statements> prepare(SqliteConnection& connection);
  Result<> read_open_minute();
  Result<> read_open_hour();
  Result<> reopen_minute(std::int64_t time_ms);
  Result<> close_minute();
  Result<> close_hour();
  Result<> write(std::int64_t length_s, std::int64_t time_ms, const RollupSet& set);
  Result<bool> expire(std::int64_t length_s, std::int64_t before_ms);
  Result<std::optional<std::int64_t>> find(std::int64_t length_s, std::int64_t time_ms);
  Result<bool> remove_oldest(std::int64_t length_s, std::int64_t before_ms);
  Result<> remove(std::int64_t period);

  SqliteConnection* connection_;
  Statements statements_;
  RollupSet minute_;
  std::optional<std::int64_t> minute_ms_;  // begin of the open minute
  std::optional<std::int64_t> hour_ms_;    // begin of the hour of the last closed minute
  bool expiry_due_ = true;
};

}  // namespace caretaker
