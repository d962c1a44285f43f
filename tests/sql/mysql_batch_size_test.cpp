// SPDX-License-Identifier: MIT
#include "sql/mysql_batch_size.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using namespace std::chrono_literals;

TEST(MysqlBatchSize, HalvesWithEveryConflictAndGrowsAgain) {
  MysqlBatchSize size;
  EXPECT_EQ(size.rows(), MysqlBatchSize::rows_max);
  size.conflicted();
  EXPECT_EQ(size.rows(), MysqlBatchSize::rows_max / 2);
  size.succeeded(6s);
  EXPECT_EQ(size.rows(), MysqlBatchSize::rows_max / 4) << "slow";
  for (int i = 0; i < 20; ++i) size.conflicted();
  EXPECT_EQ(size.rows(), MysqlBatchSize::rows_min);
  size.succeeded(10ms);
  EXPECT_EQ(size.rows(), 125U);
  for (int i = 0; i < 40; ++i) size.succeeded(10ms);
  EXPECT_EQ(size.rows(), MysqlBatchSize::rows_max);
}

TEST(MysqlBatchSize, ATransactionThatIsTooLargeShrinksToOneRow) {
  MysqlBatchSize size;
  for (int i = 0; i < 40; ++i) size.too_large();
  EXPECT_EQ(size.rows(), 1U);
  size.conflicted();
  EXPECT_EQ(size.rows(), 1U);
  size.succeeded(1ms);
  EXPECT_EQ(size.rows(), 2U);
}

}  // namespace
}  // namespace caretaker
