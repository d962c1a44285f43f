// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace caretaker {

struct StatementLimits {
  std::size_t rows_max = 5'000;
  std::size_t bytes_max = 1U << 20;
};

// Turns rows into as few `INSERT ... VALUES (..), (..)` as the limits allow, each sent as soon as it is full.
// A row above bytes_max goes alone. Not thread safe.
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

 private:
  std::string_view head_;
  std::string_view tail_;
  StatementLimits limits_;
  Execute execute_;
  std::string statement_;
  std::string row_;
  std::size_t statement_rows_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t changed_ = 0;
};

}  // namespace caretaker
