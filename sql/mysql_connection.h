// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace caretaker {

// One row of a result; no value is NULL.
using SqlRow = std::vector<std::optional<std::string>>;

struct MysqlServer {
  std::string address;               // "db1:3306" or the path of the Unix socket
  std::string name;                  // "MariaDB 10.11.19"
  std::string account;               // 'user'@'host' as GRANT wants it: the account the server chose for us
  std::string tls_cipher;            // empty: the connection is not encrypted
  std::size_t packet_bytes_max = 0;  // max_allowed_packet
};

// "db1:3306", "db1:3306, db2:3306" or the path of the Unix socket.
[[nodiscard]] std::string mysql_address(const MysqlConfig& config);

// One session over the MySQL C API (MariaDB Connector/C or Oracle's libmysqlclient). Every wait has a
// timeout, nothing reconnects by itself, LOAD DATA LOCAL is off. Used by the one thread that made it. Errors
// carry the MySQL error number (1000 and up) in Error::code, see mysql_errors.h; never the password.
class MysqlConnection {
 public:
  // Connects to the first of `hosts` without choosing a database (connect_to_any in mysql_servers.h knows all
  // of them). A host always means TCP, even localhost; a Unix socket is used where `socket` names one, and
  // then without TLS: it does not leave the machine. A host that never answers is given up after
  // connect_timeout, one that falls silent later after io_timeout.
  [[nodiscard]] static Result<MysqlConnection> connect(const MysqlConfig& config, const Secret& password);
  MysqlConnection(const MysqlConnection&) = delete;
  MysqlConnection& operator=(const MysqlConnection&) = delete;
  MysqlConnection(MysqlConnection&&) noexcept;
  MysqlConnection& operator=(MysqlConnection&&) noexcept;
  ~MysqlConnection();

  // A statement without a result; the number of rows it changed.
  [[nodiscard]] Result<std::uint64_t> execute(std::string_view sql);
  // COMMIT. After an error its outcome may be open.
  [[nodiscard]] Result<> commit();
  // All rows of a small result, at most `query_rows_max`.
  [[nodiscard]] Result<std::vector<SqlRow>> query(std::string_view sql);

  // Appends `text` as an SQL string. Text that is not UTF-8 keeps its ASCII, every other byte becomes '?'.
  void append_quoted(std::string& out, std::string_view text) const;

  [[nodiscard]] const MysqlServer& server() const { return server_; }

  static constexpr std::size_t query_rows_max = 100'000;

 private:
  struct Handle;
  explicit MysqlConnection(std::unique_ptr<Handle> handle);
  Result<> check_tls(const MysqlConfig& config);
  Result<> prepare_session(const MysqlConfig& config);

  std::unique_ptr<Handle> handle_;
  MysqlServer server_;
};

}  // namespace caretaker
