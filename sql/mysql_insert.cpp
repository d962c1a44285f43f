// SPDX-License-Identifier: MIT
#include "sql/mysql_insert.h"

#include <utility>

namespace caretaker {

MysqlInsert::MysqlInsert(std::string_view head, std::string_view tail, StatementLimits limits,
                         Execute execute)
    : head_(head), tail_(tail), limits_(limits), execute_(std::move(execute)) {}

Result<> MysqlInsert::end_row() {
  const std::size_t needed = statement_.size() + 1 + row_.size() + tail_.size();
  if (statement_rows_ > 0 && (statement_rows_ == limits_.rows_max || needed > limits_.bytes_max)) {
    if (auto sent = finish(); !sent) return sent;
  }
  if (statement_rows_ == 0) {
    statement_ = head_;
  } else {
    statement_ += ',';
  }
  statement_ += row_;
  row_.clear();
  ++statement_rows_;
  return {};
}

Result<> MysqlInsert::finish() {
  if (statement_rows_ == 0) return {};
  statement_ += tail_;
  const auto changed = execute_(statement_);
  if (!changed) return std::unexpected(changed.error());
  changed_ += *changed;
  rows_ += statement_rows_;
  statement_rows_ = 0;
  return {};
}

}  // namespace caretaker
