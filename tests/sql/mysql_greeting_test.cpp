// SPDX-License-Identifier: MIT
#include "sql/mysql_greeting.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_mysql_server.h"

namespace caretaker {
namespace {

using enum MysqlGreeting;

TEST(Greeting, TellsWhetherTheServerOffersTls) {
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::greeting(true)), tls);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::greeting(false)), no_tls);
}

TEST(Greeting, IsIncompleteUntilTheCapabilitiesAreThere) {
  const std::string whole = FakeMysqlServer::greeting(true);
  constexpr std::size_t needed = 4 + 21 + 2;
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(read_mysql_greeting(whole.substr(0, bytes)), bytes < needed ? incomplete : tls) << bytes;
  }
}

TEST(Greeting, AnErrorIsLeftToTheLibraryUnlessItIsAProgressReport) {
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, "\xFF\x10\x04Too many connections")), error);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, "\xFF\xFF\xFFprogress")), foreign);
}

TEST(Greeting, WhatIsNotOfThisProtocolIsForeign) {
  EXPECT_EQ(read_mysql_greeting("HTTP/1.1 400 Bad Request\r\n\r\n" + std::string(600, 'x')), foreign);
  EXPECT_EQ(read_mysql_greeting("SSH-2.0-OpenSSH_9.2p1\r\n"), foreign);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, std::string("\x09"
                                                                       "3.20\0",
                                                                       6))),
            foreign);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, "")), foreign);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0,
                                                        "\x0A"
                                                        "8.0.40 without its end")),
            foreign);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, std::string("\x0A"
                                                                       "8\0short",
                                                                       8))),
            foreign);
  EXPECT_EQ(read_mysql_greeting(FakeMysqlServer::packet(0, "\x0A" + std::string(600, 'v'))), foreign);
}

}  // namespace
}  // namespace caretaker
