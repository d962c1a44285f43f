// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/text.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "support/fake_mysql_server.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum TlsMode;

constexpr auto all_modes = {off, preferred, required, verify_ca, verify_identity};
constexpr auto demanding_modes = {required, verify_ca, verify_identity};

// A certificate authority, and a certificate of a server that it signed.
class Authority {
 public:
  // `name` as in subjectAltName: "DNS:db1", "IP:127.0.0.1".
  explicit Authority(const std::string& name) {
    ::chmod(dir_.path().c_str(), 0755);
    make("ca", "-subj /CN=authority");
    make("server", "-subj /CN=server -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=" +
                       name + " -CA " + file() + " -CAkey " + dir_.path("ca.key"));
  }
  [[nodiscard]] std::string file() const { return dir_.path("ca.pem"); }
  [[nodiscard]] std::vector<std::string> server_arguments() const {
    return {"--ssl-cert=" + dir_.path("server.pem"), "--ssl-key=" + dir_.path("server.key")};
  }

 private:
  void make(const std::string& file, const std::string& options) const {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 " + options +
        " -keyout " + dir_.path(file + ".key") + " -out " + dir_.path(file + ".pem") +
        " 2>/dev/null && chmod 0644 " + dir_.path(file + ".key");
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl failed");
  }

  TempDir dir_;
};

MysqlConfig with_mode(MysqlConfig config, TlsMode mode) {
  config.tls = mode;
  return config;
}

MysqlConfig config_of(const FakeMysqlServer& server, TlsMode mode) {
  MysqlConfig config;
  config.hosts = {"127.0.0.1"};
  config.port = server.port();
  config.tls = mode;
  return config;
}

// The error number of connecting, 0 when it worked.
int outcome(const MysqlConfig& config) {
  const auto connection = MysqlConnection::connect(config, Secret());
  return connection ? 0 : connection.error().code;
}

constexpr int tls_error = 2026;

class MysqlCertificates : public testing::TestWithParam<Engine> {};

TEST_P(MysqlCertificates, EveryModeIsEncryptedExceptOff) {
  const Authority authority("DNS:localhost");
  SqlServer server(GetParam(), authority.server_arguments());
  MysqlConfig config = server.config("root", "", "");
  config.hosts = {"localhost"};
  config.tls_ca = authority.file();
  for (const TlsMode mode : all_modes) {
    auto connection = MysqlConnection::connect(with_mode(config, mode), Secret());
    ASSERT_TRUE(connection) << connection.error().message;
    const auto told = connection->query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(told->at(0).at(1), connection->server().tls_cipher);
    EXPECT_EQ(connection->server().tls_cipher.empty(), mode == off) << static_cast<int>(mode);
  }
}

TEST_P(MysqlCertificates, ACertificateForAnotherNameIsRefusedByVerifyIdentityOnly) {
  const Authority authority("DNS:db.example");
  SqlServer server(GetParam(), authority.server_arguments());
  MysqlConfig config = server.config("root", "", "");
  config.tls_ca = authority.file();
  for (const TlsMode mode : all_modes) {
    EXPECT_EQ(outcome(with_mode(config, mode)), mode == verify_identity ? tls_error : 0)
        << static_cast<int>(mode);
  }
}

TEST_P(MysqlCertificates, AnUnknownAuthorityIsRefusedByBothThatVerify) {
  const Authority authority("IP:127.0.0.1");
  const Authority stranger("IP:127.0.0.1");
  SqlServer server(GetParam(), authority.server_arguments());
  MysqlConfig config = server.config("root", "", "");
  // Empty: the system's authorities, which do not know it either.
  for (const std::string& trusted : {stranger.file(), std::string()}) {
    config.tls_ca = trusted;
    for (const TlsMode mode : all_modes) {
      const bool verifies = mode == verify_ca || mode == verify_identity;
      EXPECT_EQ(outcome(with_mode(config, mode)), verifies ? tls_error : 0) << static_cast<int>(mode);
    }
  }
  EXPECT_EQ(classify_mysql_error(tls_error), MysqlErrorClass::config);
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlCertificates, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

TEST(MysqlTls, AServerWithoutTlsIsRefusedWhereItIsDemanded) {
  MariadbServer server({"--skip-ssl"});
  const MysqlConfig config = server.config("root", "", "");
  for (const TlsMode mode : demanding_modes) {
    const auto refused = MysqlConnection::connect(with_mode(config, mode), Secret());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, tls_error);
    EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.1:" + std::to_string(server.port()) +
                                                   " does not offer TLS, which [mysql] tls demands"));
  }
  for (const TlsMode mode : {off, preferred}) EXPECT_EQ(outcome(with_mode(config, mode)), 0);
}

TEST(MysqlTls, NothingIsSentToAServerThatHidesTls) {
  const std::string hiding = FakeMysqlServer::greeting(false);
  for (const TlsMode mode : demanding_modes) {
    FakeMysqlServer server({hiding});
    const auto refused = MysqlConnection::connect(config_of(server, mode), Secret("hunter2"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, tls_error) << refused.error().message;
    EXPECT_EQ(server.received(), "") << static_cast<int>(mode);
  }
}

// Connector/C would read on after this packet, and find the greeting behind it.
TEST(MysqlTls, NothingIsSentToAServerThatHidesItsGreeting) {
  FakeMysqlServer server({FakeMysqlServer::packet(0, std::string("\xFF\xFF\xFF\x01\x01\0\0\0\x01x", 10)) +
                          FakeMysqlServer::greeting(false)});
  EXPECT_NE(outcome(config_of(server, required)), 0);
  EXPECT_EQ(server.received(), "");
}

// The server asks for the password itself, as it may over TLS. Without TLS the client asks for a key.
TEST(MysqlTls, ThePasswordIsNotSentInPlainWhenTheServerHasNoTls) {
  for (const TlsMode mode : {off, preferred}) {
    FakeMysqlServer server({FakeMysqlServer::greeting(false), FakeMysqlServer::packet(2, "\x01\x04"),
                            FakeMysqlServer::packet(4, "\x01no key")});
    EXPECT_NE(MysqlConnection::connect(config_of(server, mode), Secret("hunter2")).error().code, 0);
    EXPECT_THAT(server.received(), HasSubstr("caching_sha2_password"));
    EXPECT_THAT(server.received(), Not(HasSubstr("hunter2")));
  }
}

TEST(MysqlTls, LoginMethodsThatShowThePasswordAreRefused) {
  for (const char* method : {"mysql_clear_password", "dialog", "mysql_old_password"}) {
    const std::string change = std::string("\xFE") + method + std::string("\0abcdefghijklmnopqrst\0", 22);
    FakeMysqlServer server({FakeMysqlServer::greeting(false), FakeMysqlServer::packet(2, change)});
    const auto refused = MysqlConnection::connect(config_of(server, preferred), Secret("hunter2"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(classify_mysql_error(refused.error().code), MysqlErrorClass::config) << refused.error().message;
    EXPECT_TRUE(is_valid_utf8(refused.error().message)) << "holds bytes of the login";
    EXPECT_THAT(server.received(), Not(HasSubstr("hunter2"))) << method;
  }
}

}  // namespace
}  // namespace caretaker
