// SPDX-License-Identifier: MIT
#include "sql/mysql_insert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace caretaker {
namespace {

using testing::ElementsAre;

struct Server {
  std::vector<std::string> statements;
  std::size_t fail_at = 0;  // 1: the first statement

  MysqlInsert insert(StatementLimits limits, std::string_view tail = "") {
    return {"INSERT INTO t VALUES ", tail, limits, [this](std::string_view sql) -> Result<std::uint64_t> {
              statements.emplace_back(sql);
              if (statements.size() == fail_at) return fail("refused");
              return 1U;
            }};
  }
};

void add(MysqlInsert& insert, std::string_view row) {
  insert.row() += row;
  ASSERT_TRUE(insert.end_row());
}

TEST(MysqlInsert, PutsRowsIntoOneStatement) {
  Server server;
  MysqlInsert insert = server.insert({}, " ON DUPLICATE KEY UPDATE a = a");
  add(insert, "(1)");
  add(insert, "(2)");
  EXPECT_TRUE(server.statements.empty());
  ASSERT_TRUE(insert.finish());
  EXPECT_THAT(server.statements, ElementsAre("INSERT INTO t VALUES (1),(2) ON DUPLICATE KEY UPDATE a = a"));
  EXPECT_EQ(insert.rows(), 2U);
  EXPECT_EQ(insert.changed(), 1U);
}

TEST(MysqlInsert, SendsNothingWithoutRows) {
  Server server;
  ASSERT_TRUE(server.insert({}).finish());
  EXPECT_TRUE(server.statements.empty());
}

TEST(MysqlInsert, StartsAnotherStatementAtTheRowLimit) {
  Server server;
  MysqlInsert insert = server.insert({.rows_max = 2});
  for (const char* row : {"(1)", "(2)", "(3)"}) add(insert, row);
  ASSERT_TRUE(insert.finish());
  EXPECT_THAT(server.statements, ElementsAre("INSERT INTO t VALUES (1),(2)", "INSERT INTO t VALUES (3)"));
  EXPECT_EQ(insert.rows(), 3U);
}

TEST(MysqlInsert, NoStatementOfManyRowsIsAboveTheByteLimit) {
  Server server;
  const std::string two_rows = "INSERT INTO t VALUES (1),(2);";
  MysqlInsert insert = server.insert({.bytes_max = two_rows.size()}, ";");
  for (const char* row : {"(1)", "(2)", "(3)"}) add(insert, row);
  ASSERT_TRUE(insert.finish());
  EXPECT_THAT(server.statements, ElementsAre(two_rows, "INSERT INTO t VALUES (3);"));
}

TEST(MysqlInsert, ARowAboveTheByteLimitGoesAlone) {
  Server server;
  MysqlInsert insert = server.insert({.bytes_max = 24});
  for (const char* row : {"(1)", "('a long long long row')", "(3)"}) add(insert, row);
  ASSERT_TRUE(insert.finish());
  EXPECT_EQ(server.statements.size(), 3U);
}

TEST(MysqlInsert, AnErrorReachesTheOneWhoAddsRows) {
  Server server{.statements = {}, .fail_at = 1};
  MysqlInsert insert = server.insert({.rows_max = 1});
  add(insert, "(1)");
  insert.row() += "(2)";
  EXPECT_FALSE(insert.end_row());
  EXPECT_EQ(insert.rows(), 0U);
}

}  // namespace
}  // namespace caretaker
