// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"

namespace caretaker {

// The mode that applies: off over a Unix socket, which does not leave the machine.
[[nodiscard]] TlsMode mysql_tls_mode(const MysqlConfig& config);

// That the server offers no TLS although [mysql] tls demands it.
[[nodiscard]] Error no_mysql_tls(const std::string& address);

// Makes one mysql_real_connect() over TCP mean by [mysql] tls what docs/architecture.md says, whatever the
// library: Oracle's does by itself. Connector/C 3.3 would send the account's name and the answer to the
// server's challenge unencrypted to a server that offers no TLS, and even the password in plain to one that
// asks for it: so its hook for waiting on the socket looks at the server's greeting before the library does.
// Lives on the stack around that one call, on its thread.
class MysqlTlsGate {
 public:
  // `mysql`: a MYSQL*, which is declared differently by each library.
  MysqlTlsGate(void* mysql, const MysqlConfig& config);
  MysqlTlsGate(const MysqlTlsGate&) = delete;
  MysqlTlsGate& operator=(const MysqlTlsGate&) = delete;
  ~MysqlTlsGate();

  // Why the call failed, where the library has no good words for it: with the greeting that offers no TLS,
  // when nothing was sent, and with a login method that would show the server the password.
  [[nodiscard]] std::optional<Error> failure(const std::string& address) const;

 private:
  static int wait(int socket, char is_read, int timeout_ms);
  int wait_for_greeting(int socket, int timeout_ms);

  void* mysql_;
  TlsMode mode_;
  bool greeted_ = false;
  bool refused_ = false;
};

}  // namespace caretaker
