// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker {

struct StatementLimits {
  // Of larger statements servers need more time per row: MySQL 9.7 a third more for 5000 rows.
  std::size_t rows_max = 1'000;
  std::size_t bytes_max = 1U << 20;
};

// A row that the server refused for what is in it.
struct RefusedRow {
  std::size_t row = 0;  // its number, from 0, in the order of end_row()
  Error error;
};

// Turns rows into as few `INSERT ... VALUES (..), (..)` as the limits allow, each sent as soon as it is full.
// A row above bytes_max goes alone. A statement in which the server refuses a row (MysqlErrorClass::poison)
// is split until that row is alone; it is left out and the rest goes on. Not thread safe.
class MysqlInsert {
 public:
  // Sends one statement; returns the rows that it changed.
  using Execute = std::function<Result<std::uint64_t>(std::string_view)>;

  // `head` ends before the first row ("INSERT INTO t (a, b) VALUES "); `tail` follows the last one ("" or
  // " ON DUPLICATE KEY UPDATE a = a").
  MysqlInsert(std::string_view head, std::string_view tail, StatementLimits limits, Execute execute);

  // The text of the next row, "(1, 'x')", to be appended to and then ended.
  [[nodiscard]] std::string& row() { return row_; }
  Result<> end_row();
  // Sends what is left.
  Result<> finish();

  [[nodiscard]] std::uint64_t rows() const { return rows_; }        // sent
  [[nodiscard]] std::uint64_t changed() const { return changed_; }  // as counted by the server
  [[nodiscard]] const std::vector<RefusedRow>& refused() const { return refused_; }

 private:
  Result<> split(std::size_t first, std::size_t last, Error error);

  std::string_view head_;
  std::string_view tail_;
  StatementLimits limits_;
  Execute execute_;
  std::string statement_;
  std::string row_;
  std::vector<std::size_t> row_begins_;  // of the statement's rows
  std::size_t rows_ended_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t changed_ = 0;
  std::vector<RefusedRow> refused_;
};

}  // namespace caretaker
