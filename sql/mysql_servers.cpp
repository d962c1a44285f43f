// SPDX-License-Identifier: MIT
#include "sql/mysql_servers.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "config/secrets.h"
#include "sql/mysql_backoff.h"

namespace caretaker {
namespace {

constexpr std::size_t reason_bytes_max = 400;  // of one server among several
constexpr int galera_not_ready = 1047;         // ER_UNKNOWN_COM_ERROR; the server uses it for this, too

// Names that the server does not know give no row, and no error.
constexpr std::string_view read_only_query =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only', "
    "'wsrep_on')";
constexpr std::string_view galera_query = "SHOW GLOBAL STATUS WHERE Variable_name = 'wsrep_ready'";

bool is_off(const SqlRow& row) {
  const std::string value = row.at(1).value_or("");
  return value == "OFF" || value == "0" || value.empty();
}

std::unexpected<Error> not_writable(int code, std::string_view why) {
  return std::unexpected(Error{code, fmt::format("MySQL error {}: {}", code, why)});
}

std::string shortened(const std::string& text) {
  return text.size() > reason_bytes_max ? fmt::format("{:.{}}...", text, reason_bytes_max) : text;
}

Result<MysqlConnection> connect_writable(const MysqlConfig& config, const Secret& password) {
  auto connection = MysqlConnection::connect(config, password);
  if (!connection) return connection;
  if (auto writable = check_writable(*connection); !writable) return std::unexpected(writable.error());
  return connection;
}

}  // namespace

std::vector<std::string> server_order(std::vector<std::string> hosts, std::int64_t host_id) {
  std::ranges::sort(hosts, {}, [host_id](const std::string& host) {
    return std::pair(hash64({as_bytes(host_id), host}), host);
  });
  return hosts;
}

Result<> check_writable(MysqlConnection& connection) {
  const auto variables = connection.query(read_only_query);
  if (!variables) return std::unexpected(variables.error());
  for (const SqlRow& row : *variables) {
    if (is_off(row)) continue;
    const std::string name = row.at(0).value_or("");
    if (name != "wsrep_on") {
      return not_writable(ER_OPTION_PREVENTS_STATEMENT, name + " is " + row.at(1).value_or(""));
    }
    const auto ready = connection.query(galera_query);
    if (!ready) return std::unexpected(ready.error());
    if (!ready->empty() && is_off(ready->front())) {
      return not_writable(galera_not_ready, "its Galera cluster is not ready (wsrep_ready is OFF)");
    }
  }
  return {};
}

Error summary_of(std::span<const ServerFailure> failures) {
  if (failures.size() == 1) return failures.front().error;
  const auto wait = [](const ServerFailure& failure) {
    return MysqlBackoff::ceiling(classify_mysql_error(failure.error.code), 1);
  };
  const ServerFailure& first_back = *std::ranges::min_element(failures, {}, wait);
  std::string message = fmt::format("none of {} MySQL servers can be used", failures.size());
  std::string_view separator = ": ";
  for (const ServerFailure& failure : failures) {
    message += fmt::format("{}{}: {}", separator, failure.address, shortened(failure.error.message));
    separator = " | ";
  }
  return {first_back.error.code, std::move(message)};
}

Result<MysqlConnection> connect_to_any(const MysqlConfig& config, const Secret& password,
                                       std::int64_t host_id, const std::stop_token& stop) {
  std::vector<std::string> hosts = server_order(config.hosts, host_id);
  if (!config.socket.empty()) hosts = {""};
  std::vector<ServerFailure> failures;
  for (const std::string& host : hosts) {
    if (stop.stop_requested() && !failures.empty()) break;
    MysqlConfig one = config;
    one.hosts = {host};
    auto connection = connect_writable(one, password);
    if (connection) return connection;
    const std::string address = mysql_address(one);
    failures.push_back({address, with_fix(connection.error(), error_context(config, address, ""))});
  }
  if (failures.empty()) return fail("neither [mysql] host nor socket is set");
  return std::unexpected(summary_of(failures));
}

MysqlErrorContext error_context(const MysqlConfig& config, const std::string& address,
                                const std::string& account) {
  return {.address = address,
          .user = config.user,
          .account = account,
          .database = config.database,
          .password = describe_mysql_password(config)};
}

}  // namespace caretaker
