// SPDX-License-Identifier: MIT
#include "sql/mysql_partitions.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using namespace std::chrono_literals;

TEST(PartitionClauses, OnePerDayAndACatchAll) {
  EXPECT_EQ(partition_clauses(2024y / 12 / 31, 2025y / 1 / 1),
            "  PARTITION p20241231 VALUES LESS THAN ('2025-01-01'),\n"
            "  PARTITION p20250101 VALUES LESS THAN ('2025-01-02'),\n"
            "  PARTITION pmax VALUES LESS THAN (MAXVALUE)");
}

}  // namespace
}  // namespace caretaker
