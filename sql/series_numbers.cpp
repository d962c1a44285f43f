// SPDX-License-Identifier: MIT
#include "sql/series_numbers.h"

#include <optional>
#include <utility>

#include "sql/sample_id.h"

namespace caretaker {
namespace {

// About 200 bytes each. When full, the cache starts anew: series that are gone leave it that way.
constexpr std::size_t cached_series_max = 16'384;

bool same_object(const std::weak_ptr<const Series>& a, const SeriesRef& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

}  // namespace

SeriesNumbers::SeriesNumbers(SqliteConnection& connection, SqliteStatement find, SqliteStatement insert,
                             SqliteStatement update, SqliteStatement remove)
    : connection_(&connection),
      find_(std::move(find)),
      insert_(std::move(insert)),
      update_(std::move(update)),
      remove_(std::move(remove)) {}

Result<SeriesNumbers> SeriesNumbers::create(SqliteConnection& connection) {
  auto find = connection.prepare(
      "SELECT series, collector, metric, labels, unit, type FROM series WHERE series_id = ?1");
  if (!find) return std::unexpected(find.error());
  auto insert = connection.prepare(
      "INSERT INTO series (series_id, collector, metric, labels, unit, type) VALUES (?1, ?2, ?3, ?4, ?5, "
      "?6)");
  if (!insert) return std::unexpected(insert.error());
  auto update = connection.prepare("UPDATE series SET unit = ?2, type = ?3 WHERE series = ?1");
  if (!update) return std::unexpected(update.error());
  auto remove = connection.prepare("DELETE FROM series WHERE series = ?1");
  if (!remove) return std::unexpected(remove.error());
  return SeriesNumbers(connection, std::move(*find), std::move(*insert), std::move(*update),
                       std::move(*remove));
}

SeriesNumbers::OfCollector& SeriesNumbers::of(std::string_view collector) {
  std::size_t cached = 0;
  for (const auto& [name, series] : by_collector_) cached += series.by_id.size();
  if (cached > cached_series_max) by_collector_.clear();
  return by_collector_[std::string(collector)];
}

Result<std::int64_t> SeriesNumbers::number(OfCollector& cache, std::string_view collector,
                                           std::size_t position, const SeriesRef& series) {
  std::vector<Known>& last = cache.by_position;
  if (position < last.size() && same_object(last[position].series, series)) return last[position].number;
  const auto known = find_known(cache, collector, series);
  if (!known) return std::unexpected(known.error());
  if (position >= last.size()) last.resize(position + 1);
  last[position] = **known;
  return (*known)->number;
}

Result<SeriesNumbers::Known*> SeriesNumbers::find_known(OfCollector& cache, std::string_view collector,
                                                        const SeriesRef& series) {
  Known& known = cache.by_id[series->id];
  // A weak reference keeps the address of its object taken, so the same address is the same series.
  if (same_object(known.series, series)) return &known;
  const auto number = look_up(collector, *series);
  if (!number) {
    cache.by_id.erase(series->id);
    return std::unexpected(number.error());
  }
  known = {.number = *number, .series = series};
  return &known;
}

Result<std::int64_t> SeriesNumbers::look_up(std::string_view collector, const Series& series) {
  std::optional<std::int64_t> number;
  bool same_metadata = true;
  find_.bind(1, series.id);
  for (;;) {
    const auto row = find_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    if (find_.text(2) != series.metric || find_.text(3) != series.labels) {
      find_.reset();
      return refused;
    }
    if (find_.text(1) != collector) continue;
    number = find_.integer(0);
    same_metadata = find_.text(4) == series.unit && find_.text(5) == to_string(series.type);
  }
  if (!number) return insert(collector, series);
  if (!same_metadata) {
    if (const auto updated = refresh(*number, series); !updated) return std::unexpected(updated.error());
  }
  return *number;
}

Result<std::int64_t> SeriesNumbers::insert(std::string_view collector, const Series& series) {
  insert_.bind(1, series.id).bind(2, collector).bind(3, std::string_view(series.metric));
  insert_.bind(4, std::string_view(series.labels)).bind(5, series.unit).bind(6, to_string(series.type));
  if (const auto inserted = insert_.run(); !inserted) return std::unexpected(inserted.error());
  const std::int64_t number = connection_->last_insert_rowid();
  if (number <= series_max) return number;
  if (const auto removed = remove_.bind(1, number).run(); !removed) return std::unexpected(removed.error());
  return too_many;
}

Result<> SeriesNumbers::refresh(std::int64_t number, const Series& series) {
  return update_.bind(1, number).bind(2, series.unit).bind(3, to_string(series.type)).run();
}

}  // namespace caretaker
