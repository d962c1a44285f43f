// SPDX-License-Identifier: MIT
#include "sql/mysql_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using enum MysqlErrorClass;

const MysqlErrorContext context{.address = "db1:3306",
                                .user = "caretaker",
                                .account = "'caretaker'@'10.%'",
                                .database = "monitor",
                                .password = "password_file /x"};

std::string fixed(int code) {
  return with_fix({code, "MySQL error"}, context).message;
}

struct Classified {
  MysqlErrorClass error_class;
  std::vector<int> codes;
};

void expect_classes(const std::vector<Classified>& table) {
  for (const Classified& row : table) {
    for (const int code : row.codes) EXPECT_EQ(classify_mysql_error(code), row.error_class) << code;
  }
}

TEST(MysqlErrors, OfMySqlAndMariaDbHaveTheirClass) {
  expect_classes({
      {retry, {1180, 1205, 1213}},
      {reconnect, {1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1317, 2002, 2003, 2005, 2006, 2013, 2055}},
      {capacity, {1040, 1203, 1226}},
      {node, {1290, 1792, 1836}},
      {full, {1021, 1030, 1041, 1114}},
      {too_large, {1153, 2020}},
      {poison, {1048, 1062, 1264, 1265, 1292, 1366, 1406}},
      {partition, {1526}},
      {config, {1044, 1045, 1049, 1054, 1064, 1129, 1130, 1142, 1146, 1251, 1862, 2026, 2059}},
  });
}

TEST(MysqlErrors, OfOneEngineAloneHaveTheirClass) {
  // MySQL
  expect_classes(
      {{reconnect, {3024, 3168, 4031}}, {node, {3032}}, {poison, {3819}}, {config, {2061, 3118, 3955}}});
  // MariaDB
  expect_classes({{reconnect, {1927, 1969}}, {poison, {4025}}, {config, {1698, 4151, 5010}}});
  // Galera, Group Replication
  expect_classes({{node, {1047}}});
  expect_classes({{retry, {3101}}, {too_large, {3100}}});
  // TiDB
  expect_classes(
      {{retry, {8002, 8005, 8022, 8028, 9007}}, {node, {9001, 9002, 9003, 9005}}, {too_large, {8004}}});
}

TEST(MysqlErrors, WhereAPersonCanActTheyAreToldHow) {
  for (const int code : {1040, 1044, 1045, 1049, 1114, 1129, 1130, 1146, 1153, 1203, 1290,
                         1526, 1836, 1862, 2003, 2026, 2059, 3032, 3100, 5010, 8004, 9001}) {
    EXPECT_THAT(fixed(code), StartsWith("MySQL error; ")) << code;
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
