// SPDX-License-Identifier: MIT
// docs/cookbook.md on real servers.
#include <gtest/gtest.h>

#include "cookbook_mysql.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

template <class Server>
void expect_answers_of() {
  Server server;
  const MysqlConfig config = server.config("root", "", "monitor");
  auto connection = MysqlConnection::connect(config, config.password);
  ASSERT_TRUE(connection) << connection.error().message;
  fill_cookbook_database(*connection, cookbook_data());
  expect_cookbook_answers(*connection);
}

TEST(CookbookMysql, EveryQuestionHasItsAnswerOnMariadbWithoutReadingWholeTables) {
  expect_answers_of<MariadbServer>();
}

}  // namespace
}  // namespace caretaker
