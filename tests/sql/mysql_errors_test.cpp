// SPDX-License-Identifier: MIT
#include "sql/mysql_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum MysqlErrorClass;

const MysqlErrorContext context{.address = "db1:3306",
                                .user = "caretaker",
                                .account = "'caretaker'@'10.%'",
                                .database = "monitor",
                                .password = "password_file /x"};

std::string fixed(int code) {
  return with_fix({code, "MySQL error"}, context).message;
}

TEST(MysqlErrors, EveryClassHasItsCodes) {
  for (const auto& [code, expected] : std::vector<std::pair<int, MysqlErrorClass>>{
           {1205, retry},     {1213, retry},     {3101, retry},     {9007, retry},     {2002, reconnect},
           {2003, reconnect}, {2006, reconnect}, {2013, reconnect}, {1317, reconnect}, {4031, reconnect},
           {1040, capacity},  {1203, capacity},  {1226, capacity},  {1290, node},      {1047, node},
           {1836, node},      {1114, full},      {1021, full},      {1153, too_large}, {8004, too_large},
           {1062, poison},    {1264, poison},    {1366, poison},    {4025, poison},    {1526, partition},
           {1044, config},    {1045, config},    {1142, config},    {1146, config},    {2059, config}}) {
    EXPECT_EQ(classify_mysql_error(code), expected) << code;
  }
}

TEST(MysqlErrors, WhatIsNotInTheTableIsUnknownAndOursIsConfig) {
  for (const int code : {1, 1000, 1999, 4711, 99'999}) EXPECT_EQ(classify_mysql_error(code), unknown) << code;
  EXPECT_EQ(classify_mysql_error(0), config);
}

TEST(MysqlErrors, AWrongPasswordNamesTheAccountAndWhereThePasswordComesFrom) {
  EXPECT_THAT(fixed(1045), HasSubstr("MySQL error; check [mysql] user (caretaker)"));
  EXPECT_THAT(fixed(1045), HasSubstr("its password, which comes from password_file /x"));
}

TEST(MysqlErrors, MissingRightsPrintTheStatementsToRun) {
  for (const int code : {1044, 1142}) {
    EXPECT_THAT(fixed(code),
                HasSubstr("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON `monitor`.* TO "
                          "'caretaker'@'10.%';"));
  }
  EXPECT_THAT(fixed(1049), HasSubstr("CREATE DATABASE `monitor`"));
}

TEST(MysqlErrors, BeforeTheServerNamedTheAccountAnyHostIsAssumed) {
  const MysqlErrorContext early{
      .address = "db1:3306", .user = "caretaker", .account = "", .database = "monitor", .password = ""};
  EXPECT_THAT(with_fix({1044, "x"}, early).message, HasSubstr("TO 'caretaker'@'%';"));
}

TEST(MysqlErrors, AnUnreachableServerNamesTheAddress) {
  for (const int code : {2002, 2003, 2005}) EXPECT_THAT(fixed(code), HasSubstr("db1:3306")) << code;
}

TEST(MysqlErrors, NoFixLeavesAPlaceholderOrChangesTheCode) {
  for (int code = 0; code < 10'000; ++code) {
    const Error error = with_fix({code, "MySQL error"}, context);
    EXPECT_EQ(error.code, code);
    EXPECT_THAT(error.message, Not(HasSubstr("{"))) << code;
  }
}

}  // namespace
}  // namespace caretaker
