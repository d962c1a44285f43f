// SPDX-License-Identifier: MIT
#include "sql/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/fault_point.h"
#include "sql/batch_kind.h"
#include "sql/sample_id.h"
#include "sql/store_schema.h"

namespace caretaker {
namespace {

// Per commit; about 20 ms of work.
constexpr std::uint64_t rows_removed_max = 20'000;
constexpr std::uint64_t pages_vacuumed_max = 256;
// Batches may become this much older than the limit, so that not every commit removes a few.
constexpr std::int64_t age_slack_ms_max = 10'000;
constexpr std::int64_t age_slack_divisor = 1'000;
// Rows that leave before the size is looked at again.
constexpr std::uint64_t size_step_rows = 500;
// A full store gives away rollups per minute from before this before it gives away samples.
constexpr std::int64_t rollups_kept_ms = 86'400'000;
// Below this share of the limit the number of pages is not asked for: SQLite prepares that question anew
// every time. A commit so large that it passes the limit from there is followed by one that looks.
constexpr std::uint64_t small_share_divisor = 2;
// Free pages below this share of the file stay in it: the next batches use them.
constexpr std::uint64_t free_share_divisor = 4;

Result<std::uint64_t> value_of(SqliteStatement& statement) {
  const auto value = statement.query_integer();
  if (!value) return std::unexpected(value.error());
  return static_cast<std::uint64_t>(value->value_or(0));
}

// The log has its share.
std::uint64_t bytes_max_of(const RetentionLimits& limits) {
  return limits.size_bytes_max - wal_bytes_max(limits.size_bytes_max);
}

}  // namespace

Result<Retention> Retention::create(SqliteConnection& connection) {
  StatementSet set(connection);
  Statements statements{
      .next_batches = set.prepare("SELECT seq, time_ms, collector, rows FROM batches ORDER BY seq"),
      .page_count = set.prepare("PRAGMA page_count"),
      .free_page_count = set.prepare("PRAGMA freelist_count"),
      .delete_batches = set.prepare("DELETE FROM batches WHERE seq <= ?1"),
      .delete_samples =
          set.prepare(fmt::format("DELETE FROM sample_rows WHERE id < (?1 + 1) << {}", series_bits)),
      .delete_events = set.prepare("DELETE FROM events WHERE seq <= ?1"),
      .delete_job_runs = set.prepare("DELETE FROM job_runs WHERE seq <= ?1"),
      .delete_cleanup_runs = set.prepare("DELETE FROM cleanup_runs WHERE seq <= ?1"),
      .delete_cleanup_actions = set.prepare("DELETE FROM cleanup_actions WHERE seq <= ?1"),
      .delete_dead_letters = set.prepare("DELETE FROM dead_letters WHERE seq <= ?1"),
      .dead_letters_between = set.prepare(dead_samples_between),
      .vacuum = set.prepare(fmt::format("PRAGMA incremental_vacuum({})", pages_vacuumed_max)),
  };
  if (const auto& all = set.all_prepared(); !all) return std::unexpected(all.error());
  return Retention(std::move(statements));
}

Result<> Retention::run(const RetentionLimits& limits, std::int64_t now_ms, std::uint64_t size_bytes,
                        RollupWriter& rollups, StoreState& state) {
  if (auto removed = remove_old(limits, now_ms, state); !removed) return removed;
  const std::int64_t before_1m_ms = now_ms - limits.age_1m.count();
  const auto expired = rollups.expire_if_due(before_1m_ms, now_ms - limits.age_1h.count());
  if (!expired) return std::unexpected(expired.error());
  vacuum_due_ = vacuum_due_ || *expired;
  if (size_bytes >= limits.size_bytes_max / small_share_divisor) {
    if (auto removed = remove_until_small(limits, now_ms, rollups, state); !removed) return removed;
    vacuum_due_ = true;
  }
  return vacuum_due_ ? vacuum(bytes_max_of(limits) / store_page_bytes) : Result<>{};
}

Result<> Retention::remove_old(const RetentionLimits& limits, std::int64_t now_ms, StoreState& state) {
  const auto due = is_due(limits, now_ms);
  if (!due) return std::unexpected(due.error());
  if (!*due) return {};
  const Step step{
      .before_ms = now_ms - limits.age.count(), .rows_max = rows_removed_max, .reason = "retention_age"};
  if (const auto removed = remove(step, limits.delivery, state); !removed) {
    return std::unexpected(removed.error());
  }
  return {};
}

Result<> Retention::remove_until_small(const RetentionLimits& limits, std::int64_t now_ms,
                                       RollupWriter& rollups, StoreState& state) {
  const Step step{.before_ms = std::numeric_limits<std::int64_t>::max(),
                  .rows_max = size_step_rows,
                  .reason = "retention_size"};
  for (std::uint64_t rows = 0; rows < rows_removed_max;) {
    const auto count = pages();
    if (!count) return std::unexpected(count.error());
    if ((count->all - count->free) * store_page_bytes <= bytes_max_of(limits)) break;
    const auto minute = rollups.remove_oldest_minute(now_ms - rollups_kept_ms);
    if (!minute) return std::unexpected(minute.error());
    if (*minute) {
      rows += size_step_rows;
      continue;
    }
    const auto removed = remove(step, limits.delivery, state);
    if (!removed) return std::unexpected(removed.error());
    if (*removed == 0) break;
    rows += *removed;
  }
  return {};
}

Result<bool> Retention::is_due(const RetentionLimits& limits, std::int64_t now_ms) {
  if (!oldest_ms_) {
    const auto row = statements_.next_batches.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return false;
    oldest_ms_ = statements_.next_batches.integer(1);
    statements_.next_batches.reset();
  }
  const std::int64_t slack = std::min(age_slack_ms_max, limits.age.count() / age_slack_divisor);
  return *oldest_ms_ < now_ms - limits.age.count() - slack;
}

Result<std::uint64_t> Retention::remove(const Step& step, bool delivery, StoreState& state) {
  std::int64_t last = 0;
  std::uint64_t rows = 0;
  std::uint64_t undelivered = 0;
  SqliteStatement& batch = statements_.next_batches;
  while (rows < step.rows_max) {
    const auto row = batch.step();
    if (!row) return std::unexpected(row.error());
    if (!*row || batch.integer(1) >= step.before_ms) break;
    last = batch.integer(0);
    const auto batch_rows = static_cast<std::uint64_t>(batch.integer(3));
    rows += std::max<std::uint64_t>(batch_rows, 1);
    if (last > state.delivered_seq && holds_samples(batch.text(2))) undelivered += batch_rows;
  }
  batch.reset();
  oldest_ms_.reset();
  const auto refused = value_of(statements_.dead_letters_between.bind(1, state.delivered_seq)
                                    .bind(2, std::max(last, state.delivered_seq)));
  if (!refused) return std::unexpected(refused.error());
  undelivered -= *refused;
  state.counters.pending -= undelivered;
  if (!delivery) {
    state.counters.expired += undelivered;
  } else if (undelivered > 0) {
    state.counters.dropped[std::string(step.reason)] += undelivered;
  }
  state.used_seq = std::max(state.used_seq, last);
  if (const auto removed = remove_up_to(last); !removed) return std::unexpected(removed.error());
  return rows;
}

Result<> Retention::remove_up_to(std::int64_t seq) {
  vacuum_due_ = true;
  for (SqliteStatement* statement :
       {&statements_.delete_samples, &statements_.delete_events, &statements_.delete_job_runs,
        &statements_.delete_cleanup_runs, &statements_.delete_cleanup_actions,
        &statements_.delete_dead_letters, &statements_.delete_batches}) {
    if (auto removed = statement->bind(1, seq).run(); !removed) return removed;
    if (seq > 0) pass(FaultPoint::retention);
  }
  return {};
}

Result<> Retention::vacuum(std::uint64_t pages_max) {
  const auto count = pages();
  if (!count) return std::unexpected(count.error());
  const bool too_large = count->all > pages_max && count->free > 0;
  const bool too_empty = count->free > pages_vacuumed_max && count->free > count->all / free_share_divisor;
  vacuum_due_ = too_large || too_empty;
  return vacuum_due_ ? statements_.vacuum.run() : Result<>{};
}

Result<Retention::Pages> Retention::pages() {
  const auto all = value_of(statements_.page_count);
  if (!all) return std::unexpected(all.error());
  const auto free = value_of(statements_.free_page_count);
  if (!free) return std::unexpected(free.error());
  return Pages{.all = *all, .free = *free};
}

}  // namespace caretaker
