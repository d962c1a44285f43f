// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sql/rollup_writer.h"
#include "sql/sqlite.h"
#include "sql/store_state.h"

namespace caretaker {

struct RetentionLimits {
  std::chrono::milliseconds age{0};
  std::chrono::milliseconds age_1m{0};
  std::chrono::milliseconds age_1h{0};
  std::uint64_t size_bytes_max = 0;
  bool delivery = false;  // see LocalStoreOptions
};

// Removes the oldest whole batches and rollups when they are too old or the store too large, and gives
// emptied pages back to the file system. Runs inside the transaction of a commit and is bounded, so that no
// commit takes long: what is left to remove is removed by the next ones. Store thread.
class Retention {
 public:
  [[nodiscard]] static Result<Retention> create(SqliteConnection& connection);

  // Moves the counters of `state` along: what leaves undelivered is dropped{retention_age|retention_size}
  // with delivery, expired without. `size_bytes` is what the store's files had after the last commit.
  [[nodiscard]] Result<> run(const RetentionLimits& limits, std::int64_t now_ms, std::uint64_t size_bytes,
                             RollupWriter& rollups, StoreState& state);

 private:
  struct Statements {
    SqliteStatement next_batches;
    SqliteStatement page_count;
    SqliteStatement free_page_count;
    SqliteStatement delete_batches;
    SqliteStatement delete_samples;
    SqliteStatement delete_events;
    SqliteStatement delete_job_runs;
    SqliteStatement delete_cleanup_runs;
    SqliteStatement delete_cleanup_actions;
    SqliteStatement delete_dead_letters;
    SqliteStatement dead_letters_between;
    SqliteStatement vacuum;
  };
  struct Pages {
    std::uint64_t all = 0;
    std::uint64_t free = 0;
  };
  struct Step {
    std::int64_t before_ms;  // batches from this time on stay
    std::uint64_t rows_max;
    std::string_view reason;
  };

  explicit Retention(Statements statements) : statements_(std::move(statements)) {}
  Result<Pages> pages();
  Result<bool> is_due(const RetentionLimits& limits, std::int64_t now_ms);
  Result<> remove_old(const RetentionLimits& limits, std::int64_t now_ms, StoreState& state);
  Result<> remove_until_small(const RetentionLimits& limits, std::int64_t now_ms, RollupWriter& rollups,
                              StoreState& state);
  Result<std::uint64_t> remove(const Step& step, bool delivery, StoreState& state);  // rows removed
  Result<> remove_up_to(std::int64_t seq);
  Result<> vacuum(std::uint64_t pages_max);

  Statements statements_;
  std::optional<std::int64_t> oldest_ms_;  // of the oldest batch, while known
  bool vacuum_due_ = true;                 // pages may be free since it was looked at last
};

}  // namespace caretaker
