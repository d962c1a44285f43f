// SPDX-License-Identifier: MIT
#include "sql/mysql_native_password.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

// Each as MariaDB 10.11 gives it: SELECT PASSWORD('...').
TEST(MysqlNativePassword, IsWhatTheServerMakesOfIt) {
  EXPECT_EQ(mysql_native_password("password"), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
  EXPECT_EQ(mysql_native_password("x"), "*B69027D44F6E5EDC07F1AEAD1477967B16F28227");
}

// Around the block of 64 bytes, where the length of the text moves into a block of its own.
TEST(MysqlNativePassword, IsRightForTextsThatFillABlock) {
  EXPECT_EQ(mysql_native_password(std::string(55, 'a')), "*E5EC593E49030D0BD15529362134B9061BCAAE0E");
  EXPECT_EQ(mysql_native_password(std::string(56, 'a')), "*C5235606AF65027F93F399619C2A2851E52F1679");
  EXPECT_EQ(mysql_native_password(std::string(64, 'a')), "*32C946B0FE66BBC7619CF6042F8544E532E824C8");
  EXPECT_EQ(mysql_native_password(std::string(200, 'a')), "*513EC9238267674C444B5FB097B5F0BDF03E89EC");
}

}  // namespace
}  // namespace caretaker
