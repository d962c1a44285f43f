// SPDX-License-Identifier: MIT
#include "sql/mysql_series.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_literal.h"

namespace caretaker {

MysqlSeries::MysqlSeries(MysqlConnection& connection, std::int64_t host_id, StatementLimits limits,
                         std::vector<std::string> raw)
    : connection_(connection),
      host_id_(host_id),
      limits_(limits),
      raw_(std::move(raw)),
      all_raw_(std::ranges::find(raw_, "*") != raw_.end()) {}

void MysqlSeries::begin() {
  new_.clear();
  to_write_.clear();
  refused_.clear();
}

void MysqlSeries::need(const StoredSeries& series) {
  if (known_.contains(series.id) || !new_.insert(series.id).second) return;
  to_write_.push_back(&series);
}

Result<> MysqlSeries::write() {
  MysqlInsert rows("INSERT INTO series (series_id, host_id, metric, labels, unit, type) VALUES ",
                   " ON DUPLICATE KEY UPDATE series_id = series_id", limits_,
                   [this](std::string_view sql) { return connection_.execute(sql); });
  for (const StoredSeries* series : to_write_) {
    std::string& row = rows.row();
    row += '(';
    append_integer(row, series->id);
    row += ',';
    append_integer(row, host_id_);
    for (const std::string* text : {&series->metric, &series->labels, &series->unit, &series->type}) {
      row += ',';
      connection_.append_quoted(row, *text);
    }
    row += ')';
    if (auto sent = rows.end_row(); !sent) return sent;
  }
  if (auto sent = rows.finish(); !sent) return sent;
  for (const RefusedRow& refused : rows.refused()) {
    refused_.emplace(to_write_[refused.row]->id, refused.error);
  }
  return {};
}

void MysqlSeries::remember() {
  std::erase_if(new_, [this](std::int64_t id) { return refused_.contains(id); });
  if (known_.size() + new_.size() > known_max) {
    known_.clear();
    is_raw_.clear();
  }
  known_.merge(new_);
}

bool MysqlSeries::is_raw(const StoredSeries& series) {
  if (all_raw_) return true;
  const auto [found, is_new] = is_raw_.try_emplace(series.id);
  if (is_new) {
    found->second =
        std::ranges::any_of(raw_, [&](const std::string& glob) { return glob_match(glob, series.metric); });
  }
  return found->second;
}

}  // namespace caretaker
