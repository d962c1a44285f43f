// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

namespace caretaker {

// How many rows the next transaction takes: grows while the server answers quickly, and is halved when a
// transaction is slow, too large or loses against another one, so that locks are short where many agents
// write. Not thread safe.
class MysqlBatchSize {
 public:
  static constexpr std::size_t rows_max = 20'000;
  static constexpr std::size_t rows_min = 100;
  // Slower ones are halved.
  static constexpr std::chrono::seconds slow{5};

  [[nodiscard]] std::size_t rows() const { return rows_; }
  void succeeded(std::chrono::nanoseconds took);
  void conflicted();
  // Below rows_min too, down to single batches.
  void too_large();

 private:
  std::size_t rows_ = rows_max;
};

}  // namespace caretaker
