// SPDX-License-Identifier: MIT
#include "sql/mysql_insert.h"

#include <mysqld_error.h>

#include <utility>

#include "sql/mysql_errors.h"

namespace caretaker {
namespace {

// More refused rows than this are no rows that are bad but a table that is.
constexpr std::size_t refused_rows_max = 100;

// A key that is there already is a matter of the whole delivery, not of the row.
bool is_refused_row(const Error& error) {
  return error.code != ER_DUP_ENTRY && classify_mysql_error(error.code) == MysqlErrorClass::poison;
}

}  // namespace

MysqlInsert::MysqlInsert(std::string_view head, std::string_view tail, StatementLimits limits,
                         Execute execute)
    : head_(head), tail_(tail), limits_(limits), execute_(std::move(execute)) {}

Result<> MysqlInsert::end_row() {
  const std::size_t needed = statement_.size() + 1 + row_.size() + tail_.size();
  if (!row_begins_.empty() && (row_begins_.size() == limits_.rows_max || needed > limits_.bytes_max)) {
    if (auto sent = finish(); !sent) return sent;
  }
  if (row_begins_.empty()) {
    statement_ = head_;
  } else {
    statement_ += ',';
  }
  row_begins_.push_back(statement_.size());
  statement_ += row_;
  row_.clear();
  ++rows_ended_;
  return {};
}

Result<> MysqlInsert::finish() {
  if (row_begins_.empty()) return {};
  statement_ += tail_;
  const auto changed = execute_(statement_);
  if (changed) {
    changed_ += *changed;
    rows_ += row_begins_.size();
  } else if (!is_refused_row(changed.error())) {
    return std::unexpected(changed.error());
  } else if (auto rest = split(0, row_begins_.size(), changed.error()); !rest) {
    return rest;
  }
  row_begins_.clear();
  return {};
}

// Sends the rows [first, last), which failed together with `error`, in halves.
Result<> MysqlInsert::split(std::size_t first, std::size_t last, Error error) {
  if (last - first == 1) {
    if (refused_.size() == refused_rows_max) return std::unexpected(std::move(error));
    refused_.push_back({.row = rows_ended_ - row_begins_.size() + first, .error = std::move(error)});
    return {};
  }
  const std::size_t middle = first + (last - first) / 2;
  for (const auto& [begin, end] : {std::pair(first, middle), std::pair(middle, last)}) {
    const std::size_t from = row_begins_[begin];
    const std::size_t to = end < row_begins_.size() ? row_begins_[end] - 1 : statement_.size() - tail_.size();
    std::string half(head_);
    half.append(statement_, from, to - from).append(tail_);
    const auto changed = execute_(half);
    if (changed) {
      changed_ += *changed;
      rows_ += end - begin;
    } else if (!is_refused_row(changed.error())) {
      return std::unexpected(changed.error());
    } else if (auto rest = split(begin, end, changed.error()); !rest) {
      return rest;
    }
  }
  return {};
}

}  // namespace caretaker
