// SPDX-License-Identifier: MIT
#include "config/mysql_host.h"

#include <gmock/gmock.h>

namespace caretaker {
namespace {

using std::string;

string reading(std::string_view text) {
  const auto host = parse_mysql_host(text, 3306);
  return host ? host->name + " " + std::to_string(host->port) : "! " + host.error().message;
}

TEST(MysqlHost, IsANameOrAnAddressWithOrWithoutAPort) {
  EXPECT_EQ(reading("db1"), "db1 3306");
  EXPECT_EQ(reading("db-1.example_x.org:65535"), "db-1.example_x.org 65535");
  EXPECT_EQ(reading("10.0.0.1:1"), "10.0.0.1 1");
  EXPECT_EQ(reading("fd00::3"), "fd00::3 3306");
  EXPECT_EQ(reading("::1"), "::1 3306");
  EXPECT_EQ(reading("[fd00::3]"), "fd00::3 3306");
  EXPECT_EQ(reading("[fd00::3]:3307"), "fd00::3 3307");
}

TEST(MysqlHost, MistakesSayHowToWriteIt) {
  for (const char* port : {"db1:", "db1:0", "db1:65536", "db1:x", "db1:+1", "[::1]:", "[::1]3306"}) {
    EXPECT_EQ(reading(port), "! has a port that is no whole number from 1 to 65535") << port;
  }
  for (const char* address : {"a:b:c", "[db1]", "[]:1", "10.0.0.1:1:2", "fe80::1%eth0"}) {
    EXPECT_EQ(reading(address), "! is not an IPv6 address: write it as fd00::3 or [fd00::3]:3306") << address;
  }
  for (const string& host : {string(), string(":3306"), string("mysql://db1"), string("db1/x"), string("a b"),
                             string("[::1"), string("caf\xC3\xA9"), string(254, 'x')}) {
    EXPECT_THAT(reading(host), testing::StartsWith("! is not ")) << host;
  }
}

TEST(MysqlHost, IsShownAsItIsWritten) {
  EXPECT_EQ(to_string(MysqlHost{"db1", 3306}), "db1:3306");
  EXPECT_EQ(to_string(MysqlHost{"::1", 3306}), "[::1]:3306");
}

}  // namespace
}  // namespace caretaker
