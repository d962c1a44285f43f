// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "support/fake_mysql_server.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* password = "very secret";

void add_account(MariadbServer& server) {
  server.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'very secret'");
}

MysqlConfig config_of(const FakeMysqlServer& server) {
  MysqlConfig config;
  config.hosts = {"127.0.0.1"};
  config.port = server.port();
  return config;
}

TEST(MysqlConnection, KnowsItsServerAndSetsTheSessionUp) {
  MariadbServer server;
  add_account(server);
  auto connection = MysqlConnection::connect(server.config("caretaker", password, ""), Secret(password));
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_THAT(connection->server().name, StartsWith("MariaDB 1"));
  EXPECT_EQ(connection->server().account, "'caretaker'@'%'");
  EXPECT_GE(connection->server().packet_bytes_max, 1U << 20);
  const auto session = connection->query(
      "SELECT @@time_zone, @@tx_isolation, @@autocommit, @@character_set_client, @@local_infile, @@sql_mode, "
      "NULL");
  ASSERT_TRUE(session) << session.error().message;
  const SqlRow& row = session->at(0);
  EXPECT_EQ(row[0], "+00:00");
  EXPECT_EQ(row[1], "READ-COMMITTED");
  EXPECT_EQ(row[2], "1");
  EXPECT_EQ(row[3], "utf8mb4");
  EXPECT_THAT(*row[5], HasSubstr("STRICT_TRANS_TABLES"));
  EXPECT_EQ(row[6], std::nullopt);
}

TEST(MysqlConnection, TextComesBackAsItWentIn) {
  MariadbServer server;
  add_account(server);
  auto connection = MysqlConnection::connect(server.config("caretaker", password, ""), Secret(password));
  ASSERT_TRUE(connection) << connection.error().message;
  const std::string text("it's \\ \"quoted\" \n \0 \xF0\x9F\x98\x80 100%_", 29);
  std::string sql = "SELECT ";
  connection->append_quoted(sql, text);
  sql += ", ";
  connection->append_quoted(sql, "caf\xE9");
  const auto rows = connection->query(sql);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->at(0)[0], text);
  EXPECT_EQ(rows->at(0)[1], "caf?");
}

TEST(MysqlConnection, LocalhostIsTcpAndTheSocketIsTheSocket) {
  MariadbServer server;
  MysqlConfig config = server.config("root", "", "");
  config.hosts = {"localhost"};
  const auto tcp = MysqlConnection::connect(config, Secret());
  EXPECT_TRUE(tcp) << tcp.error().message;
  config.port = 1;
  const auto closed = MysqlConnection::connect(config, Secret());
  ASSERT_FALSE(closed);
  EXPECT_EQ(classify_mysql_error(closed.error().code), MysqlErrorClass::reconnect);
  config.socket = server.socket();
  config.tls = TlsMode::required;  // does not apply: nothing leaves the machine
  const auto local = MysqlConnection::connect(config, Secret());
  EXPECT_TRUE(local) << local.error().message;
}

TEST(MysqlConnection, AWrongPasswordIsToldWithoutThePassword) {
  MariadbServer server;
  add_account(server);
  const auto connection = MysqlConnection::connect(server.config("caretaker", "", ""), Secret("a wrong one"));
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, 1045);
  EXPECT_THAT(connection.error().message, Not(HasSubstr("a wrong one")));
}

TEST(MysqlConnection, LostWhenTheServerDies) {
  MariadbServer server;
  auto connection = MysqlConnection::connect(server.config("root", "", ""), Secret());
  ASSERT_TRUE(connection) << connection.error().message;
  server.kill();
  const auto done = connection->execute("DO 1");
  ASSERT_FALSE(done);
  EXPECT_EQ(classify_mysql_error(done.error().code), MysqlErrorClass::reconnect);
}

TEST(MysqlConnection, AServerThatNeverAnswersIsGivenUpAfterTheConnectTimeout) {
  for (const TlsMode mode : {TlsMode::off, TlsMode::preferred, TlsMode::verify_identity}) {
    FakeMysqlServer silent({});
    MysqlConfig config = config_of(silent);
    config.tls = mode;
    config.connect_timeout = 1s;
    config.io_timeout = 10min;
    const auto began = std::chrono::steady_clock::now();
    const auto connection = MysqlConnection::connect(config, Secret());
    ASSERT_FALSE(connection);
    EXPECT_LT(std::chrono::steady_clock::now() - began, config.io_timeout / 2);
    EXPECT_EQ(classify_mysql_error(connection.error().code), MysqlErrorClass::reconnect)
        << connection.error().message;
    EXPECT_EQ(silent.received(), "");
  }
}

TEST(MysqlConnection, AServerThatFallsSilentIsGivenUpAfterTheIoTimeout) {
  FakeMysqlServer silent({FakeMysqlServer::greeting(false)});
  MysqlConfig config = config_of(silent);
  config.connect_timeout = 1s;
  config.io_timeout = 1s;
  const auto connection = MysqlConnection::connect(config, Secret());
  ASSERT_FALSE(connection);
  EXPECT_EQ(classify_mysql_error(connection.error().code), MysqlErrorClass::reconnect);

  MariadbServer server;
  config = server.config("root", "", "");
  config.io_timeout = 1s;
  auto slow = MysqlConnection::connect(config, Secret());
  ASSERT_TRUE(slow) << slow.error().message;
  const auto slept = slow->query("SELECT SLEEP(300)");
  ASSERT_FALSE(slept);
  EXPECT_EQ(classify_mysql_error(slept.error().code), MysqlErrorClass::reconnect);
}

TEST(MysqlConnection, WhatTheServerSaysInPlaceOfAGreetingIsTheError) {
  for (const TlsMode mode : {TlsMode::off, TlsMode::preferred, TlsMode::required, TlsMode::verify_identity}) {
    FakeMysqlServer full({FakeMysqlServer::packet(0, "\xFF\x10\x04Too many connections")});
    MysqlConfig config = config_of(full);
    config.tls = mode;
    const auto refused = MysqlConnection::connect(config, Secret());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, 1040) << refused.error().message;
    EXPECT_EQ(full.received(), "");
  }
  FakeMysqlServer foreign({"SSH-2.0-OpenSSH_9.2p1\r\n"});
  EXPECT_FALSE(MysqlConnection::connect(config_of(foreign), Secret()));
  EXPECT_EQ(foreign.received(), "");
}

TEST(MysqlConnection, AHostIsANameOrAnAddressWithOrWithoutAPort) {
  MariadbServer server;
  MysqlConfig config = server.config("root", "", "");
  config.port = 1;
  config.hosts = {"localhost:" + std::to_string(server.port())};
  const auto connection = MysqlConnection::connect(config, Secret());
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->server().address, config.hosts.front());
  config.hosts = {"::1"};
  const auto nobody = MysqlConnection::connect(config, Secret());
  ASSERT_FALSE(nobody);
  EXPECT_EQ(classify_mysql_error(nobody.error().code), MysqlErrorClass::reconnect);
  EXPECT_THAT(nobody.error().message, HasSubstr("'::1'"));
  for (const std::vector<std::string>& hosts : {std::vector<std::string>{}, {"mysql://db1"}}) {
    config.hosts = hosts;
    EXPECT_THAT(MysqlConnection::connect(config, Secret()).error().message, HasSubstr("[mysql] host"));
  }
}

}  // namespace
}  // namespace caretaker
