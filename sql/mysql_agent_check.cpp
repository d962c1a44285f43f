// SPDX-License-Identifier: MIT
#include "sql/mysql_agent_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mysqld_error.h>

#include "base/random_id.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_rights.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_servers.h"

namespace caretaker {
namespace {

constexpr int wrong_unix_user = 1698;  // MariaDB: the account logs in by its Unix user

Error explained(const Error& error, const MysqlConfig& config, const MysqlServer& server) {
  return with_fix(error, error_context(config, server.address, server.account));
}

Result<> check_rights(MysqlConnection& connection, const MysqlConfig& config, bool may_maintain) {
  const auto rights = mysql_rights(connection, connection.server().account, config.database, false);
  if (!rights) return std::unexpected(rights.error());
  const auto missing = missing_rights(*rights, agent_rights(may_maintain));
  if (missing.empty()) return {};
  return fail(fmt::format("{} lacks {} on {}", connection.server().account, fmt::join(missing, ", "),
                          config.database));
}

// INSERT, UPDATE and SELECT as a delivery makes them.
Result<> write_and_roll_back(MysqlConnection& connection) {
  const std::int64_t id = random_id();
  const std::string statements[] = {
      "START TRANSACTION",
      fmt::format("INSERT INTO deliveries (host_id, epoch, last_seq, last_time, started_at) "
                  "VALUES ({0}, {0}, 0, NULL, UTC_TIMESTAMP(3))",
                  id),
      fmt::format("UPDATE deliveries SET last_seq = 1 WHERE host_id = {0} AND epoch = {0}", id)};
  for (const std::string& statement : statements) {
    if (auto done = connection.execute(statement); !done) return std::unexpected(done.error());
  }
  const auto seen =
      first_value(connection, fmt::format("SELECT last_seq FROM deliveries WHERE host_id = {}", id));
  const auto undone = connection.execute("ROLLBACK");
  if (!seen) return std::unexpected(seen.error());
  if (!undone) return std::unexpected(undone.error());
  if (*seen != "1") return fail("a row that was written to deliveries cannot be read");
  return {};
}

}  // namespace

std::string agent_rights(bool may_maintain) {
  return may_maintain ? "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, CREATE VIEW"
                      : "SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW";
}

bool is_wrong_mysql_password(const Error& error) {
  return error.code == ER_ACCESS_DENIED_ERROR || error.code == wrong_unix_user;
}

Result<bool> mysql_login_works(const MysqlConfig& config, const Secret& password) {
  const auto connection = connect_to_any(config, password, 0);
  if (connection) return true;
  if (is_wrong_mysql_password(connection.error())) return false;
  return std::unexpected(connection.error());
}

Result<AgentCheck> prepare_and_check_agent(const MysqlConfig& config, const Secret& password,
                                           bool may_maintain) {
  auto connection = connect_to_any(config, password, 0);
  if (!connection) return std::unexpected(connection.error());
  const MysqlServer& server = connection->server();
  auto schema = bring_up_mysql_schema(*connection, config.database, random_id());
  if (!schema) return std::unexpected(explained(schema.error(), config, server));
  if (auto rights = check_rights(*connection, config, may_maintain); !rights) {
    return std::unexpected(explained(rights.error(), config, server));
  }
  if (auto written = write_and_roll_back(*connection); !written) {
    return std::unexpected(explained(written.error(), config, server));
  }
  return AgentCheck{.server = fmt::format("{} at {}", server.name, server.address),
                    .tls = server.tls_cipher,
                    .schema_version = mysql_schema_version(),
                    .note = schema->note};
}

}  // namespace caretaker
