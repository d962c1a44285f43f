// SPDX-License-Identifier: MIT
#include "sql/mysql_provision.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mysqld_error.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/random_id.h"
#include "base/text.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_native_password.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_servers.h"

namespace caretaker {
namespace {

constexpr std::string_view password_shown = "<generated>";
constexpr std::string_view hash_shown = "<hash of the generated password>";
constexpr int wrong_password_socket = 1698;  // MariaDB: the account logs in by its Unix user
constexpr std::size_t names_max = 20;        // of hosts and accounts that a message lists

// Names that ctl/ lets through have neither backslashes nor quotes; the doubling costs nothing.
std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

// `database`.* as GRANT reads it, where '_' and '%' would stand for any character.
std::string granted_database(const std::string& database, bool literal) {
  std::string pattern;
  for (const char c : database) {
    if (!literal && (c == '_' || c == '%')) pattern += '\\';
    pattern += c;
  }
  return quoted(pattern, '`') + ".*";
}

ProvisionStatement without_password(const std::string& sql) {
  return {.shown = sql + ";", .sql = Secret(sql)};
}

std::string server_text(const MysqlServer& server) {
  return fmt::format("{} at {}", server.name, server.address);
}

Result<std::vector<std::string>> first_column(MysqlConnection& connection, const std::string& sql) {
  const auto rows = connection.query(sql);
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::string> values;
  for (const SqlRow& row : *rows) values.push_back(row.at(0).value_or(""));
  return values;
}

Result<std::string> one_value(MysqlConnection& connection, const std::string& sql) {
  auto values = first_column(connection, sql);
  if (!values) return std::unexpected(values.error());
  return values->empty() ? "" : std::move(values->front());
}

// Rights of `account` that hold in the database, upper case, in `rights`; with `grantable` those that it may
// give on.
Result<std::set<std::string>> rights_in(MysqlConnection& connection, const std::string& account,
                                        const std::string& database, bool grantable) {
  const std::string of_account =
      fmt::format("GRANTEE = {}{}", quoted(account, '"'), grantable ? " AND IS_GRANTABLE = 'YES'" : "");
  // Without ANSI_QUOTES, which no session of ours has, "..." is a string.
  const auto rights = first_column(
      connection, fmt::format("SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE {0} UNION "
                              "SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE {0} AND "
                              "{1} LIKE TABLE_SCHEMA",
                              of_account, quoted(database, '\'')));
  if (!rights) return std::unexpected(rights.error());
  return std::set<std::string>(rights->begin(), rights->end());
}

std::vector<std::string> missing_from(const std::set<std::string>& rights, const std::string& wanted) {
  std::vector<std::string> missing;
  for (const std::string_view right : split(wanted, ',')) {
    if (!rights.contains(std::string(trim(right)))) missing.emplace_back(trim(right));
  }
  return missing;
}

// What the administrator lacks. Rights that come with a role are not looked up: then nothing is missing
// until the server says so.
Result<std::vector<std::string>> missing_of_admin(MysqlConnection& connection,
                                                  const ProvisionRequest& request) {
  const auto role = one_value(connection, "SELECT CURRENT_ROLE()");
  if (role && !role->empty() && *role != "NONE") return std::vector<std::string>();
  const std::string& account = connection.server().account;
  const auto grantable = rights_in(connection, account, request.database, true);
  if (!grantable) return std::unexpected(grantable.error());
  auto missing = missing_from(*grantable, agent_rights(request.may_maintain));
  for (std::string& right : missing) right += " WITH GRANT OPTION";
  const auto held = rights_in(connection, account, request.database, false);
  if (!held) return std::unexpected(held.error());
  if (!held->contains("CREATE USER")) missing.emplace_back("CREATE USER");
  return missing;
}

Error explained(const Error& error, const MysqlConfig& config, const MysqlServer& server) {
  return with_fix(error, error_context(config, server.address, server.account));
}

Result<> check_rights(MysqlConnection& connection, const MysqlConfig& config, bool may_maintain) {
  const auto rights = rights_in(connection, connection.server().account, config.database, false);
  if (!rights) return std::unexpected(rights.error());
  const auto missing = missing_from(*rights, agent_rights(may_maintain));
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
      one_value(connection, fmt::format("SELECT last_seq FROM deliveries WHERE host_id = {}", id));
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

std::string account_name(const std::string& user, const std::string& host) {
  return quoted(user, '\'') + "@" + quoted(host, '\'');
}

std::vector<ProvisionStatement> database_statements(const ProvisionRequest& request,
                                                    const ProvisionState& state) {
  if (state.database_exists) return {};
  return {without_password(
      fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                  quoted(request.database, '`')))};
}

std::vector<ProvisionStatement> account_statements(const ProvisionRequest& request,
                                                   const ProvisionState& state, AccountChange change,
                                                   const Secret& password, bool plain) {
  std::vector<ProvisionStatement> statements;
  const std::string account = account_name(request.user, request.account_host);
  const bool hashed = state.mariadb && !plain;
  if (change != AccountChange::keep) {
    const std::string begin =
        fmt::format("{} USER {} IDENTIFIED BY {}", change == AccountChange::create ? "CREATE" : "ALTER",
                    account, hashed ? "PASSWORD " : "");
    const std::string value = hashed ? mysql_native_password(password.reveal()) : password.reveal();
    statements.push_back({.shown = fmt::format("{}'{}';", begin, hashed ? hash_shown : password_shown),
                          .sql = Secret(begin + quoted(value, '\''))});
  }
  statements.push_back(
      without_password(fmt::format("GRANT {} ON {} TO {}", agent_rights(request.may_maintain),
                                   granted_database(request.database, state.literal_grants), account)));
  return statements;
}

struct MysqlAdministrator::Session {
  MysqlConfig config;
  MysqlConnection connection;

  Result<> execute(const std::vector<ProvisionStatement>& statements) {
    for (const ProvisionStatement& statement : statements) {
      if (const auto done = connection.execute(statement.sql.reveal()); !done) {
        return std::unexpected(Error{
            done.error().code, fmt::format("{} (statement: {})", done.error().message, statement.shown)});
      }
    }
    return {};
  }
};

MysqlAdministrator::MysqlAdministrator(std::unique_ptr<Session> session) : session_(std::move(session)) {}
MysqlAdministrator::MysqlAdministrator(MysqlAdministrator&&) noexcept = default;
MysqlAdministrator& MysqlAdministrator::operator=(MysqlAdministrator&&) noexcept = default;
MysqlAdministrator::~MysqlAdministrator() = default;

bool is_wrong_mysql_password(const Error& error) {
  return error.code == ER_ACCESS_DENIED_ERROR || error.code == wrong_password_socket;
}

Result<MysqlAdministrator> MysqlAdministrator::connect(const MysqlConfig& config, const Secret& password) {
  std::vector<ServerFailure> failures;
  std::vector<std::string> hosts = config.hosts;
  if (!config.socket.empty()) hosts = {""};
  for (const std::string& host : hosts) {
    MysqlConfig one = config;
    one.hosts = {host};
    auto connection = MysqlConnection::connect(one, password);
    const auto writable = connection ? check_writable(*connection) : Result<>();
    if (connection && writable) {
      return MysqlAdministrator(std::make_unique<Session>(config, std::move(*connection)));
    }
    const Error& error = connection ? writable.error() : connection.error();
    failures.push_back({mysql_address(one), error});
    // What helps against a wrong password of the agent's account is of no use here.
    if (!is_wrong_mysql_password(error)) {
      failures.back().error = with_fix(error, error_context(one, mysql_address(one), ""));
    }
  }
  if (failures.empty()) return fail("no MySQL server is named");
  return std::unexpected(summary_of(failures));
}

Result<ProvisionState> MysqlAdministrator::look(const ProvisionRequest& request) {
  MysqlConnection& connection = session_->connection;
  const MysqlServer& server = connection.server();
  ProvisionState state{.server = server_text(server),
                       .address = server.address,
                       .admin = server.account,
                       .mariadb = server.name.starts_with("MariaDB"),
                       .encrypted = !session_->config.socket.empty() || !server.tls_cipher.empty()};
  const std::string user = quoted(request.user, '\'');
  const auto accounts = connection.query(
      fmt::format("SELECT User, Host FROM mysql.user WHERE User IN ({}, '') ORDER BY User, Host", user));
  if (!accounts) return std::unexpected(accounts.error());
  for (const SqlRow& row : *accounts) {
    const std::string name = row.at(0).value_or("");
    const std::string host = row.at(1).value_or("");
    if (name == request.user && host == request.account_host) {
      state.account_exists = true;
    } else if (state.like_accounts.size() < names_max) {
      state.like_accounts.push_back(account_name(name, host));
    }
  }
  const auto databases = first_column(
      connection, fmt::format("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
                              quoted(request.database, '\'')));
  if (!databases) return std::unexpected(databases.error());
  state.database_exists = !databases->empty();
  // Neither a relative of MySQL without the variable nor a database without our tables is a mistake.
  if (const auto literal = one_value(connection, "SELECT @@partial_revokes")) {
    state.literal_grants = *literal == "1";
  }
  if (const auto hosts =
          first_column(connection, fmt::format("SELECT host FROM {}.hosts ORDER BY host LIMIT {}",
                                               quoted(request.database, '`'), names_max))) {
    state.other_hosts = *hosts;
  }
  auto missing = missing_of_admin(connection, request);
  if (!missing) return std::unexpected(missing.error());
  state.missing_rights = std::move(*missing);
  return state;
}

Result<> MysqlAdministrator::make_database(const ProvisionRequest& request, const ProvisionState& state) {
  return session_->execute(database_statements(request, state));
}

Result<bool> MysqlAdministrator::make_account(const ProvisionRequest& request, const ProvisionState& state,
                                              AccountChange change, const Secret& password) {
  auto done = session_->execute(account_statements(request, state, change, password));
  if (done) return false;
  // MariaDB with a password check refuses hashes (strict_password_validation).
  if (!state.mariadb || change == AccountChange::keep || done.error().code != ER_OPTION_PREVENTS_STATEMENT) {
    return std::unexpected(done.error());
  }
  // Keeps it out of the general log at least, where the administrator may.
  (void)session_->connection.execute("SET SESSION sql_log_off = 1");
  done = session_->execute(account_statements(request, state, change, password, true));
  if (!done) return std::unexpected(done.error());
  return true;
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
  return AgentCheck{.server = server_text(server),
                    .tls = server.tls_cipher,
                    .schema_version = mysql_schema_version(),
                    .note = schema->note};
}

}  // namespace caretaker
