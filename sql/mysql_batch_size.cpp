// SPDX-License-Identifier: MIT
#include "sql/mysql_batch_size.h"

#include <algorithm>

namespace caretaker {

void MysqlBatchSize::succeeded(std::chrono::nanoseconds took) {
  if (took > slow) {
    conflicted();
  } else {
    rows_ = std::min(rows_max, rows_ + std::max<std::size_t>(1, rows_ / 4));
  }
}

void MysqlBatchSize::conflicted() {
  rows_ = std::max(std::min(rows_, rows_min), rows_ / 2);
}

void MysqlBatchSize::too_large() {
  rows_ = std::max<std::size_t>(1, rows_ / 2);
}

}  // namespace caretaker
