// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sql/mysql_connection.h"
#include "support/temp_dir.h"

namespace caretaker {

// A throw-away MariaDB (package mariadb-server) in a folder of its own, on a free port of 127.0.0.1 and a
// Unix socket; gone with everything in it at the end. As root it runs as the user mysql. The account root
// has no password unless one is set. Failures throw: a test without its server must not pass.
class MariadbServer {
 public:
  // `arguments` are added to the command line ("--ssl-cert=...").
  explicit MariadbServer(std::vector<std::string> arguments = {});
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;
  ~MariadbServer();

  void start();             // returns when it answers; always the same port
  void stop() { end(15); }  // SIGTERM, and waits
  void kill() { end(9); }   // SIGKILL, as a crash would

  void set_root_password(const std::string& password);

  // As root: statements without a result, or the rows of one.
  void execute(const std::string& sql);
  [[nodiscard]] std::vector<SqlRow> query(const std::string& sql);
  // The first value of the first row; empty for NULL.
  [[nodiscard]] std::string value(const std::string& sql);

  // How an account reaches this server over TCP.
  [[nodiscard]] MysqlConfig config(const std::string& user, const std::string& password,
                                   const std::string& database) const;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string socket() const { return dir_.path("socket"); }

 private:
  [[nodiscard]] std::string tmpdir() const;
  void install();
  void end(int signal);
  [[nodiscard]] MysqlConnection root() const;

  TempDir dir_;
  std::vector<std::string> arguments_;
  std::string root_password_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace caretaker
