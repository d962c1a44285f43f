// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/sample.h"
#include "sql/sqlite.h"

namespace caretaker {

// The small local numbers of series: the table `series` behind a bounded cache. Lives as long as the writing
// connection and its transactions succeed; used by the store thread.
class SeriesNumbers {
 public:
  // A number that no series has: the id is taken by another metric or other labels.
  static constexpr std::int64_t refused = 0;
  // Likewise: the store has series_max series (sql/sample_id.h).
  static constexpr std::int64_t too_many = -1;

  struct Known {
    std::int64_t number = refused;
    std::weak_ptr<const Series> series;  // the text was compared with this one
  };
  struct OfCollector {
    std::unordered_map<std::int64_t, Known> by_id;
    // Of the last batch: the next one mostly has the same series in the same places.
    std::vector<Known> by_position;
  };

  [[nodiscard]] static Result<SeriesNumbers> create(SqliteConnection& connection);

  // The cache for one batch; valid until the next call.
  [[nodiscard]] OfCollector& of(std::string_view collector);

  // The number of the series at a position of the batch, inserted when it is new.
  [[nodiscard]] Result<std::int64_t> number(OfCollector& cache, std::string_view collector,
                                            std::size_t position, const SeriesRef& series);

 private:
  SeriesNumbers(SqliteConnection& connection, SqliteStatement find, SqliteStatement insert,
                SqliteStatement update, SqliteStatement remove);
  Result<Known*> find_known(OfCollector& cache, std::string_view collector, const SeriesRef& series);
  Result<std::int64_t> look_up(std::string_view collector, const Series& series);
  Result<std::int64_t> insert(std::string_view collector, const Series& series);
  Result<> refresh(std::int64_t number, const Series& series);

  SqliteConnection* connection_;
  SqliteStatement find_;
  SqliteStatement insert_;
  SqliteStatement update_;
  SqliteStatement remove_;
  std::unordered_map<std::string, OfCollector> by_collector_;
};

}  // namespace caretaker
