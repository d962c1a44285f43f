// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "sql/mysql_connection.h"
#include "support/temp_dir.h"

namespace caretaker {

enum class Engine : std::uint8_t { mariadb, mysql };

// Those that this build has servers of: MariaDB always, Oracle MySQL where CARETAKER_ORACLE_MYSQL is set.
[[nodiscard]] std::vector<Engine> engines();
[[nodiscard]] std::string name_of(Engine engine);  // "MariaDB", "MySQL"

void PrintTo(Engine engine, std::ostream* out);  // for GoogleTest

// Free at the moment of the call.
[[nodiscard]] std::uint16_t free_port();

// A throw-away server in a folder of its own, on a free port of 127.0.0.1 and a Unix socket; gone with
// everything in it at the end. The account root has no password unless one is set. What differs between the
// engines is settled here. Failures throw: a test without its server must not pass.
class SqlServer {
 public:
  // `arguments` are added to the command line ("--ssl-cert=..."). With `disk_bytes` its data are on a file
  // system of that size of its own (tmpfs in a mount namespace), which ends with it: no restart then.
  explicit SqlServer(Engine engine, std::vector<std::string> arguments = {}, std::uint64_t disk_bytes = 0);
  SqlServer(const SqlServer&) = delete;
  SqlServer& operator=(const SqlServer&) = delete;
  ~SqlServer() { kill(); }

  // Always the same port and files; returns when it answers. `extra` goes behind the arguments, for this
  // time.
  void start(const std::vector<std::string>& extra = {});
  // The same, without waiting for an answer.
  void launch(const std::vector<std::string>& extra = {});
  void wait_until_it_answers();
  void stop() { end(15); }  // SIGTERM, and waits
  void kill() { end(9); }   // SIGKILL, as a crash would
  // From the next start on it runs without root's rights, if it had them: rsync cannot serve as root.
  void leave_root();
  [[nodiscard]] bool running() const { return pid_ > 0; }

  void set_root_password(const std::string& password);

  // As root: statements without a result, or the rows of one.
  void execute(const std::string& sql);
  [[nodiscard]] std::vector<SqlRow> query(const std::string& sql);
  // The first value of the first row; empty for NULL.
  [[nodiscard]] std::string value(const std::string& sql);

  // How many transactions wait for a row lock. Whoever asks again within 100 ms may get the old answer.
  [[nodiscard]] int lock_waits();
  // With it on, no account can write, not even root.
  void set_read_only(bool on);

  // Only where it has a disk of its own.
  void fill_disk() const;
  void free_disk() const;

  // How an account reaches this server over TCP.
  [[nodiscard]] MysqlConfig config(const std::string& user, const std::string& password,
                                   const std::string& database) const;
  [[nodiscard]] Engine engine() const { return engine_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string socket() const { return dir_.path("socket"); }
  [[nodiscard]] std::string log() const;  // what it said so far

 private:
  void install();
  [[nodiscard]] std::vector<std::string> command() const;
  [[nodiscard]] std::vector<std::string> on_own_disk(const std::vector<std::string>& command) const;
  [[nodiscard]] std::string data_dir() const { return dir_.path("data"); }
  [[nodiscard]] std::string filler() const;
  void end(int signal);
  [[nodiscard]] MysqlConfig local() const;
  [[nodiscard]] MysqlConnection root() const;

  TempDir dir_;
  Engine engine_;
  std::vector<std::string> arguments_;
  std::uint64_t disk_bytes_ = 0;
  bool root_ = ::geteuid() == 0;
  std::string root_password_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace caretaker
