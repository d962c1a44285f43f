// SPDX-License-Identifier: MIT
#include "sql/mysql_connection.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/fault_point.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/mysql_host.h"
#include "sql/mysql_tls.h"

namespace caretaker {

struct MysqlConnection::Handle {
  MYSQL mysql{};
  bool connected = false;
  Handle() { mysql_init(&mysql); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { mysql_close(&mysql); }

  [[nodiscard]] std::unexpected<Error> error() {
    auto code = static_cast<int>(mysql_errno(&mysql));
    // How Connector/C says that a connection over TLS was cut. Only before could it be TLS itself.
    if (connected && code == CR_SSL_CONNECTION_ERROR) code = CR_SERVER_LOST;
    return std::unexpected(Error{code, fmt::format("MySQL error {}: {}", code, mysql_error(&mysql))});
  }
};

namespace {

constexpr std::chrono::seconds lock_wait{10};
constexpr std::chrono::seconds idle_min{60};

// What the client library wants once per process and once per thread.
void enter_library() {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
  struct ThreadState {
    ThreadState() { mysql_thread_init(); }
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;
    ~ThreadState() { mysql_thread_end(); }
  };
  thread_local const ThreadState state;
  (void)state;
}

unsigned seconds_up(milliseconds duration) {
  return static_cast<unsigned>(std::max<std::int64_t>(1, (duration.count() + 999) / 1000));
}

template <class T>
void set_option(MYSQL* mysql, mysql_option option, const T& value) {
  mysql_options(mysql, option, &value);
}

void set_options(MYSQL* mysql, const MysqlConfig& config) {
  set_option<unsigned>(mysql, MYSQL_OPT_CONNECT_TIMEOUT, seconds_up(config.connect_timeout));
  set_option<unsigned>(mysql, MYSQL_OPT_READ_TIMEOUT, seconds_up(config.io_timeout));
  set_option<unsigned>(mysql, MYSQL_OPT_WRITE_TIMEOUT, seconds_up(config.io_timeout));
  set_option<unsigned>(mysql, MYSQL_OPT_LOCAL_INFILE, 0U);
  // Without this the library takes "localhost" for its own built-in socket path.
  set_option<unsigned>(mysql, MYSQL_OPT_PROTOCOL,
                       config.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

// "10.11.19-MariaDB-deb12u1" -> "MariaDB 10.11.19"
std::string product(const std::string& version) {
  const std::string number = version.substr(0, version.find('-'));
  return (version.contains("MariaDB") ? "MariaDB " : "MySQL ") + number;
}

// user@host -> 'user'@'host'; the host part never holds an @.
std::string quoted_account(const std::string& account) {
  const std::size_t at = account.rfind('@');
  if (at == std::string::npos) return "'" + account + "'";
  return fmt::format("'{}'@'{}'", account.substr(0, at), account.substr(at + 1));
}

}  // namespace

std::string mysql_address(const MysqlConfig& config) {
  if (!config.socket.empty()) return config.socket;
  std::string text;
  for (const std::string& item : config.hosts) {
    const auto host = parse_mysql_host(item, config.port);
    text += (text.empty() ? "" : ", ") + (host ? to_string(*host) : item);
  }
  return text;
}

MysqlConnection::MysqlConnection(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
MysqlConnection::MysqlConnection(MysqlConnection&&) noexcept = default;
MysqlConnection& MysqlConnection::operator=(MysqlConnection&&) noexcept = default;
MysqlConnection::~MysqlConnection() = default;

Result<MysqlConnection> MysqlConnection::connect(const MysqlConfig& config, const Secret& password) {
  enter_library();
  MysqlHost host;
  if (config.socket.empty()) {
    const auto parsed = parse_mysql_host(config.hosts.empty() ? "" : config.hosts.front(), config.port);
    if (!parsed) return fail("[mysql] host " + parsed.error().message);
    host = *parsed;
  }
  MysqlConnection connection(std::make_unique<Handle>());
  connection.server_.address = config.socket.empty() ? to_string(host) : config.socket;
  MYSQL* mysql = &connection.handle_->mysql;
  set_options(mysql, config);
  {
    const MysqlTlsGate gate(mysql, config);
    const bool local = !config.socket.empty();
    if (mysql_real_connect(mysql, local ? nullptr : host.name.c_str(), config.user.c_str(),
                           password.reveal().c_str(), nullptr, host.port,
                           local ? config.socket.c_str() : nullptr, 0) == nullptr) {
      if (auto failure = gate.failure(connection.server_.address)) return std::unexpected(*failure);
      return connection.handle_->error();
    }
  }
  connection.handle_->connected = true;
  if (auto tls = connection.check_tls(config); !tls) return std::unexpected(tls.error());
  if (auto ready = connection.prepare_session(config); !ready) return std::unexpected(ready.error());
  return connection;
}

// No library should get here without the encryption that is demanded.
Result<> MysqlConnection::check_tls(const MysqlConfig& config) {
  const char* cipher = mysql_get_ssl_cipher(&handle_->mysql);
  if (cipher != nullptr) server_.tls_cipher = cipher;
  const TlsMode mode = mysql_tls_mode(config);
  if (mode == TlsMode::off || mode == TlsMode::preferred || !server_.tls_cipher.empty()) return {};
  return std::unexpected(no_mysql_tls(server_.address));
}

Result<> MysqlConnection::prepare_session(const MysqlConfig& config) {
  // A server forgets us (and our row locks) soon after this host died in the middle of a transaction.
  const auto idle =
      std::max<std::int64_t>(idle_min.count(), 2 * std::int64_t{seconds_up(config.flush_interval)});
  const std::string statements[] = {
      "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', "
      "time_zone = '+00:00', autocommit = 1",
      "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
      fmt::format("SET SESSION innodb_lock_wait_timeout = {0}, lock_wait_timeout = {0}, wait_timeout = {1}",
                  lock_wait.count(), idle)};
  for (const std::string& statement : statements) {
    const auto done = execute(statement);
    // The last one only tightens limits: not every relative of MySQL has all of them.
    const bool may_fail = &statement == std::end(statements) - 1;
    if (!done && may_fail && done.error().code == ER_UNKNOWN_SYSTEM_VARIABLE) continue;
    if (!done) return std::unexpected(done.error());
  }
  auto facts = query("SELECT VERSION(), CURRENT_USER(), @@max_allowed_packet");
  if (!facts) return std::unexpected(facts.error());
  const SqlRow& row = facts->at(0);
  server_.name = product(row.at(0).value_or(""));
  server_.account = quoted_account(row.at(1).value_or(""));
  server_.packet_bytes_max = parse_number<std::size_t>(row.at(2).value_or("")).value_or(1U << 20);
  return {};
}

Result<std::uint64_t> MysqlConnection::execute(std::string_view sql) {
  // The server would cut the connection, and the reason could get lost on the way.
  const std::size_t bytes_max = server_.packet_bytes_max;
  if (bytes_max != 0 && sql.size() >= bytes_max) {
    return std::unexpected(
        Error{ER_NET_PACKET_TOO_LARGE,
              fmt::format("MySQL error {}: a statement of {} bytes, max_allowed_packet is {}",
                          ER_NET_PACKET_TOO_LARGE, sql.size(), bytes_max)});
  }
  MYSQL* mysql = &handle_->mysql;
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) return handle_->error();
  return mysql_affected_rows(mysql);
}

Result<> MysqlConnection::commit() {
  constexpr std::string_view sql = "COMMIT";
  MYSQL* mysql = &handle_->mysql;
  if (mysql_send_query(mysql, sql.data(), sql.size()) != 0) return handle_->error();
  pass(FaultPoint::mysql_commit_sent);
  if (mysql_read_query_result(mysql) != 0) return handle_->error();
  return {};
}

Result<std::vector<SqlRow>> MysqlConnection::query(std::string_view sql) {
  MYSQL* mysql = &handle_->mysql;
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) return handle_->error();
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(mysql_store_result(mysql), mysql_free_result);
  if (!result) return handle_->error();
  if (mysql_num_rows(result.get()) > query_rows_max)
    return fail("more rows than expected from: " + std::string(sql));
  std::vector<SqlRow> rows;
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW fields = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    SqlRow& row = rows.emplace_back(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (fields[i] != nullptr) row[i].emplace(fields[i], lengths[i]);
    }
  }
  return rows;
}

void MysqlConnection::append_quoted(std::string& out, std::string_view text) const {
  std::string ascii;
  if (!is_valid_utf8(text)) {
    ascii = text;
    std::ranges::replace_if(ascii, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    text = ascii;
  }
  out += '\'';
  const std::size_t start = out.size();
  out.resize(start + 2 * text.size() + 1);
  const unsigned long length =
      mysql_real_escape_string(&handle_->mysql, out.data() + start, text.data(), text.size());
  out.resize(start + length);
  out += '\'';
}

}  // namespace caretaker
