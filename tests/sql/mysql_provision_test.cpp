// SPDX-License-Identifier: MIT
#include "sql/mysql_provision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

const ProvisionRequest request{.database = "system_monitor", .user = "caretaker", .account_host = "%"};
const Secret password("x-Y_1");

Texts shown(const std::vector<ProvisionStatement>& statements) {
  Texts texts;
  for (const ProvisionStatement& statement : statements) texts.push_back(statement.shown);
  return texts;
}

Texts sql(const std::vector<ProvisionStatement>& statements) {
  Texts texts;
  for (const ProvisionStatement& statement : statements) texts.push_back(statement.sql.reveal());
  return texts;
}

constexpr const char* grant =
    R"(GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON `system\_monitor`.* TO 'caretaker'@'%')";

TEST(MysqlProvision, MakesTheDatabaseWhereItIsMissing) {
  EXPECT_THAT(sql(database_statements(request, {})),
              ElementsAre("CREATE DATABASE IF NOT EXISTS `system_monitor` CHARACTER SET utf8mb4 COLLATE "
                          "utf8mb4_bin"));
  EXPECT_THAT(database_statements(request, {.database_exists = true}), IsEmpty());
}

TEST(MysqlProvision, GivesMysqlThePasswordAndMariadbItsHash) {
  EXPECT_THAT(sql(account_statements(request, {}, AccountChange::create, password)),
              ElementsAre("CREATE USER 'caretaker'@'%' IDENTIFIED BY 'x-Y_1'", grant));
  EXPECT_THAT(
      sql(account_statements(request, {.mariadb = true}, AccountChange::set_password, Secret("password"))),
      ElementsAre("ALTER USER 'caretaker'@'%' IDENTIFIED BY PASSWORD "
                  "'*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'",
                  grant));
  EXPECT_THAT(sql(account_statements(request, {.mariadb = true}, AccountChange::create, password, true)),
              ElementsAre("CREATE USER 'caretaker'@'%' IDENTIFIED BY 'x-Y_1'", grant));
}

TEST(MysqlProvision, ShowsEveryStatementButNoPasswordAndNoHash) {
  EXPECT_THAT(
      shown(account_statements(request, {}, AccountChange::create, password)),
      ElementsAre("CREATE USER 'caretaker'@'%' IDENTIFIED BY '<generated>';", grant + std::string(";")));
  EXPECT_THAT(
      shown(account_statements(request, {.mariadb = true}, AccountChange::create, password)),
      ElementsAre("CREATE USER 'caretaker'@'%' IDENTIFIED BY PASSWORD '<hash of the generated password>';",
                  grant + std::string(";")));
}

TEST(MysqlProvision, OnlyGivesRightsWhereThePasswordStays) {
  EXPECT_THAT(sql(account_statements(request, {}, AccountChange::keep, password)), ElementsAre(grant));
}

TEST(MysqlProvision, GrantsDeleteAndDropOnlyWhenAsked) {
  ProvisionRequest maintaining = request;
  maintaining.may_maintain = true;
  EXPECT_THAT(sql(account_statements(maintaining, {}, AccountChange::keep, password)),
              ElementsAre("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, CREATE VIEW ON "
                          "`system\\_monitor`.* TO 'caretaker'@'%'"));
}

TEST(MysqlProvision, TakesTheNameAsItIsWhereGrantDoesSo) {
  EXPECT_THAT(sql(account_statements(request, {.literal_grants = true}, AccountChange::keep, password)),
              ElementsAre("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON `system_monitor`.* TO "
                          "'caretaker'@'%'"));
}

TEST(MysqlProvision, QuotesNames) {
  const ProvisionRequest odd{.database = "a`b", .user = "o'x", .account_host = "h"};
  EXPECT_THAT(sql(database_statements(odd, {})).at(0), testing::HasSubstr("`a``b`"));
  EXPECT_EQ(account_name("o'x", "h"), "'o''x'@'h'");
}

}  // namespace
}  // namespace caretaker
