// SPDX-License-Identifier: MIT
#include "sql/mysql_tls.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>

#include "sql/mysql_greeting.h"

namespace caretaker {
namespace {

std::string authorities(const MysqlConfig& config) {
  return config.tls_ca.empty() ? "/etc/ssl/certs/ca-certificates.crt" : config.tls_ca;
}

constexpr int method_refused = 5010;  // CR_PLUGIN_NOT_ALLOWED of Connector/C

void set_option(void* mysql, mysql_option option, const void* value) {
  mysql_options(static_cast<MYSQL*>(mysql), option, value);
}

bool checks_certificate(TlsMode mode) {
  return mode == TlsMode::verify_ca || mode == TlsMode::verify_identity;
}

}  // namespace

TlsMode mysql_tls_mode(const MysqlConfig& config) {
  return config.socket.empty() ? config.tls : TlsMode::off;
}

Error no_mysql_tls(const std::string& address) {
  return {CR_SSL_CONNECTION_ERROR,
          fmt::format("MySQL error {}: {} does not offer TLS, which [mysql] tls demands",
                      CR_SSL_CONNECTION_ERROR, address)};
}

std::optional<Error> MysqlTlsGate::failure(const std::string& address) const {
  if (refused_) return no_mysql_tls(address);
  // The library's own text has the bytes of the login in it.
  const unsigned code = mysql_errno(static_cast<MYSQL*>(mysql_));
  if (code != method_refused) return std::nullopt;
  return Error{method_refused,
               fmt::format("MySQL error {}: {} asks for a login method that would show it the password", code,
                           address)};
}

#if defined(MARIADB_PACKAGE_VERSION)

namespace {

// Of the login methods that the library knows all but those that hand the server the password itself.
constexpr const char* login_methods =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,auth_gssapi_client";
// 3.4 checks nothing of the certificate unless it checks the name, too.
constexpr bool checks_only_all = MARIADB_PACKAGE_VERSION_ID >= 30400;
constexpr int greeting_pause_ms = 10;  // before a greeting that came in part is looked at again

thread_local MysqlTlsGate* current_gate = nullptr;

int poll_one(int socket, short events, int timeout_ms, short& seen) {
  pollfd waiting{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, timeout_ms);
  } while (ready == -1 && errno == EINTR);
  if (ready == 0) errno = ETIMEDOUT;
  seen = waiting.revents;
  return ready;
}

}  // namespace

MysqlTlsGate::MysqlTlsGate(void* mysql, const MysqlConfig& config)
    : mysql_(mysql), mode_(mysql_tls_mode(config)) {
  const my_bool encrypt = mode_ != TlsMode::off ? 1 : 0;
  const my_bool check_name =
      mode_ == TlsMode::verify_identity || (checks_only_all && mode_ == TlsMode::verify_ca) ? 1 : 0;
  set_option(mysql, MYSQL_OPT_SSL_ENFORCE, &encrypt);
  set_option(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &check_name);
  if (checks_certificate(mode_)) set_option(mysql, MYSQL_OPT_SSL_CA, authorities(config).c_str());
  if (!config.socket.empty()) return;
  set_option(mysql, MARIADB_OPT_RESTRICTED_AUTH, login_methods);
  set_option(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&MysqlTlsGate::wait));
  current_gate = this;
}

MysqlTlsGate::~MysqlTlsGate() {
  set_option(mysql_, MARIADB_OPT_IO_WAIT, nullptr);
  current_gate = nullptr;
}

// As the library waits by itself; -1 and 0 make the connection to this address fail.
int MysqlTlsGate::wait(int socket, char is_read, int timeout_ms) {
  short seen = 0;
  const int limit_ms = timeout_ms == 0 ? -1 : timeout_ms;
  const int ready = poll_one(socket, is_read != 0 ? POLLIN : POLLOUT, limit_ms, seen);
  // The first wait for writing is that for connect(2).
  const bool connected = is_read == 0 && ready == 1 && seen == POLLOUT;
  if (!connected || current_gate == nullptr || current_gate->greeted_) return ready;
  return current_gate->wait_for_greeting(socket, limit_ms);
}

int MysqlTlsGate::wait_for_greeting(int socket, int timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  std::array<char, mysql_greeting_bytes_max> buffer{};
  MysqlGreeting greeting = MysqlGreeting::incomplete;
  while (greeting == MysqlGreeting::incomplete) {
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    short seen = 0;
    const int ready = poll_one(socket, POLLIN, static_cast<int>(std::max<std::int64_t>(0, left_ms)), seen);
    if (ready != 1) return ready;
    const ssize_t bytes = ::recv(socket, buffer.data(), buffer.size(), MSG_PEEK);
    if (bytes <= 0) return 1;  // the library finds the same
    greeting = read_mysql_greeting({buffer.data(), static_cast<std::size_t>(bytes)});
    if (greeting == MysqlGreeting::incomplete) ::poll(nullptr, 0, greeting_pause_ms);
  }
  refused_ = greeting != MysqlGreeting::tls && greeting != MysqlGreeting::error && mode_ != TlsMode::off &&
             mode_ != TlsMode::preferred;
  if (refused_) {
    errno = EPROTO;
    return -1;
  }
  greeted_ = true;
  // With this option set the library takes every connection for an encrypted one, and replaces the error of
  // a server that takes no connections by one of its own.
  const my_bool encrypt = greeting == MysqlGreeting::tls && mode_ != TlsMode::off ? 1 : 0;
  set_option(mysql_, MYSQL_OPT_SSL_ENFORCE, &encrypt);
  return 1;
}

#else

MysqlTlsGate::MysqlTlsGate(void* mysql, const MysqlConfig& config)
    : mysql_(mysql), mode_(mysql_tls_mode(config)) {
  constexpr unsigned modes[] = {SSL_MODE_DISABLED, SSL_MODE_PREFERRED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA,
                                SSL_MODE_VERIFY_IDENTITY};
  set_option(mysql, MYSQL_OPT_SSL_MODE, &modes[static_cast<std::size_t>(mode_)]);
  if (checks_certificate(mode_)) set_option(mysql, MYSQL_OPT_SSL_CA, authorities(config).c_str());
  // Connector/C asks for the key by itself: caching_sha2_password works without TLS with both.
  const bool ask_for_key = true;
  set_option(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &ask_for_key);
}

MysqlTlsGate::~MysqlTlsGate() = default;

#endif

}  // namespace caretaker
