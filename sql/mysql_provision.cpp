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

#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_native_password.h"
#include "sql/mysql_rights.h"
#include "sql/mysql_servers.h"

namespace caretaker {
namespace {

constexpr std::string_view password_shown = "<generated>";
constexpr std::string_view hash_shown = "<hash of the generated password>";
constexpr std::size_t names_max = 20;  // of hosts and accounts that a message lists

// `database`.* as GRANT reads it, where '_' and '%' would stand for any character.
std::string granted_database(const std::string& database, bool literal) {
  std::string pattern;
  for (const char c : database) {
    if (!literal && (c == '_' || c == '%')) pattern += '\\';
    pattern += c;
  }
  return sql_quoted(pattern, '`') + ".*";
}

ProvisionStatement without_password(const std::string& sql) {
  return {.shown = sql + ";", .sql = Secret(sql)};
}

// What the administrator lacks. Rights that come with a role are not looked up: then nothing is missing
// until the server says so.
Result<std::vector<std::string>> missing_of_admin(MysqlConnection& connection,
                                                  const ProvisionRequest& request) {
  const auto role = first_value(connection, "SELECT CURRENT_ROLE()");
  if (role && !role->empty() && *role != "NONE") return std::vector<std::string>();
  const std::string& account = connection.server().account;
  const auto grantable = mysql_rights(connection, account, request.database, true);
  if (!grantable) return std::unexpected(grantable.error());
  auto missing = missing_rights(*grantable, agent_rights(request.may_maintain));
  for (std::string& right : missing) right += " WITH GRANT OPTION";
  const auto held = mysql_rights(connection, account, request.database, false);
  if (!held) return std::unexpected(held.error());
  if (!held->contains("CREATE USER")) missing.emplace_back("CREATE USER");
  return missing;
}

}  // namespace

std::string account_name(const std::string& user, const std::string& host) {
  return sql_quoted(user, '\'') + "@" + sql_quoted(host, '\'');
}

std::vector<ProvisionStatement> database_statements(const ProvisionRequest& request,
                                                    const ProvisionState& state) {
  if (state.database_exists) return {};
  return {without_password(
      fmt::format("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                  sql_quoted(request.database, '`')))};
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
                          .sql = Secret(begin + sql_quoted(value, '\''))});
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
  ProvisionState state{.server = fmt::format("{} at {}", server.name, server.address),
                       .address = server.address,
                       .admin = server.account,
                       .mariadb = server.name.starts_with("MariaDB"),
                       .encrypted = !session_->config.socket.empty() || !server.tls_cipher.empty()};
  const std::string user = sql_quoted(request.user, '\'');
  const auto accounts = connection.query(
      fmt::format("SELECT User, Host FROM mysql.user WHERE User IN ({}, '') ORDER BY User, Host", user));
  if (!accounts) return std::unexpected(accounts.error());
  const auto client_host = first_value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', -1)");
  if (!client_host) return std::unexpected(client_host.error());
  for (const SqlRow& row : *accounts) {
    const std::string name = row.at(0).value_or("");
    const std::string host = row.at(1).value_or("");
    if (name == request.user && host == request.account_host) {
      state.account_exists = true;
      continue;
    }
    if (state.like_accounts.size() < names_max) state.like_accounts.push_back(account_name(name, host));
    // The most exact host comes first, then the name: ''@'localhost' before 'caretaker'@'%'.
    if (host == *client_host && host != request.account_host) state.shadow = account_name(name, host);
  }
  const auto databases = first_column(
      connection, fmt::format("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
                              sql_quoted(request.database, '\'')));
  if (!databases) return std::unexpected(databases.error());
  state.database_exists = !databases->empty();
  // Neither a relative of MySQL without the variable nor a database without our tables is a mistake.
  if (const auto literal = first_value(connection, "SELECT @@partial_revokes")) {
    state.literal_grants = *literal == "1";
  }
  if (const auto hosts =
          first_column(connection, fmt::format("SELECT host FROM {}.hosts ORDER BY host LIMIT {}",
                                               sql_quoted(request.database, '`'), names_max))) {
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

}  // namespace caretaker
