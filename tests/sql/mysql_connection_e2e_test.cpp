// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* password = "very secret";

void add_account(MariadbServer& server) {
  server.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'very secret'");
}

// A certificate for localhost that is its own authority.
class Certificate {
 public:
  Certificate() {
    ::chmod(dir_.path().c_str(), 0755);
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN=localhost "
        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
        key() + " -out " + file() + " 2>/dev/null && chmod 0644 " + key();
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl failed");
  }
  [[nodiscard]] std::string file() const { return dir_.path("cert.pem"); }
  [[nodiscard]] std::string key() const { return dir_.path("key.pem"); }
  [[nodiscard]] std::vector<std::string> server_arguments() const {
    return {"--ssl-cert=" + file(), "--ssl-key=" + key()};
  }

 private:
  TempDir dir_;
};

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

TEST(MysqlTls, EveryModeIsEncryptedExceptOff) {
  const Certificate certificate;
  MariadbServer server(certificate.server_arguments());
  MysqlConfig config = server.config("root", "", "");
  config.hosts = {"localhost"};
  config.tls_ca = certificate.file();
  for (const TlsMode mode : {TlsMode::preferred, TlsMode::required, TlsMode::verify_identity}) {
    config.tls = mode;
    const auto connection = MysqlConnection::connect(config, Secret());
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_NE(connection->server().tls_cipher, "") << static_cast<int>(mode);
  }
  config.tls = TlsMode::off;
  const auto plain = MysqlConnection::connect(config, Secret());
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->server().tls_cipher, "");
}

TEST(MysqlTls, AnUnknownAuthorityIsRefusedByVerifyIdentityOnly) {
  const Certificate certificate;
  const Certificate stranger;
  MariadbServer server(certificate.server_arguments());
  MysqlConfig config = server.config("root", "", "");
  config.tls_ca = stranger.file();
  config.tls = TlsMode::required;
  EXPECT_TRUE(MysqlConnection::connect(config, Secret()));
  config.tls = TlsMode::verify_identity;
  const auto refused = MysqlConnection::connect(config, Secret());
  ASSERT_FALSE(refused);
  EXPECT_EQ(classify_mysql_error(refused.error().code), MysqlErrorClass::config);
  config.tls_ca.clear();  // the system's authorities do not know it either
  EXPECT_FALSE(MysqlConnection::connect(config, Secret()));
}

TEST(MysqlTls, AServerWithoutTlsIsRefusedWhenItIsDemanded) {
  MariadbServer server({"--skip-ssl"});
  MysqlConfig config = server.config("root", "", "");
  for (const TlsMode mode : {TlsMode::required, TlsMode::verify_identity}) {
    config.tls = mode;
    const auto refused = MysqlConnection::connect(config, Secret());
    ASSERT_FALSE(refused) << static_cast<int>(mode);
    EXPECT_EQ(refused.error().code, 2026);
  }
  config.tls = TlsMode::preferred;
  const auto plain = MysqlConnection::connect(config, Secret());
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->server().tls_cipher, "");
}

}  // namespace
}  // namespace caretaker
