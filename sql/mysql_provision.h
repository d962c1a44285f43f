// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "sql/mysql_agent_check.h"

namespace caretaker {

// The database and the account that an agent delivers with, as an administrator is to make them.
struct ProvisionRequest {
  std::string database;
  std::string user;
  std::string account_host;   // of 'user'@'account_host': from where the account may log in
  bool may_maintain = false;  // also the rights that retention needs: DELETE and DROP
};

// What is on the server before anything is done.
struct ProvisionState {
  std::string server;   // "MariaDB 10.11.19 at db1:3306"
  std::string address;  // "db1:3306", or the path of the Unix socket
  std::string admin;    // 'root'@'localhost', as the server knows the administrator
  bool mariadb = false;
  bool encrypted = false;  // or over a Unix socket
  bool database_exists = false;
  bool account_exists = false;
  bool literal_grants = false;             // partial_revokes: '_' in GRANT means itself
  std::vector<std::string> like_accounts;  // others that may be taken for ours: same name or no name
  std::string shadow;  // the one of these that the server surely takes for us, coming from here; may be empty
  std::vector<std::string> missing_rights;  // that the administrator needs and has not
  std::vector<std::string> other_hosts;     // hosts that deliver to this database with whatever account
};

// What happens to the account.
enum class AccountChange : std::uint8_t { keep, create, set_password };

// One statement: as it is executed, and as it may be shown.
struct ProvisionStatement {
  std::string shown;  // with <generated> in place of the password
  Secret sql;
};

// 'caretaker'@'%' as an SQL literal.
[[nodiscard]] std::string account_name(const std::string& user, const std::string& host);

// Pure: what makes the database, if it is missing. At most one statement.
[[nodiscard]] std::vector<ProvisionStatement> database_statements(const ProvisionRequest& request,
                                                                  const ProvisionState& state);
// Pure: what makes the account, or gives it the password, and its rights. Every statement may run again.
// MariaDB is given the password's hash (mysql_native_password.h), because it writes statements to its logs
// as they come; MySQL hashes it in its logs itself. `plain`: not hashed in any case, for servers that want
// to see whether a password is good enough.
[[nodiscard]] std::vector<ProvisionStatement> account_statements(const ProvisionRequest& request,
                                                                 const ProvisionState& state,
                                                                 AccountChange change, const Secret& password,
                                                                 bool plain = false);

// An administrator's session. One thread; blocks. Errors say what to do.
class MysqlAdministrator {
 public:
  // With the first server of `config` that takes writes. Error code 1045 or 1698: the password is wrong.
  [[nodiscard]] static Result<MysqlAdministrator> connect(const MysqlConfig& config, const Secret& password);
  MysqlAdministrator(const MysqlAdministrator&) = delete;
  MysqlAdministrator& operator=(const MysqlAdministrator&) = delete;
  MysqlAdministrator(MysqlAdministrator&&) noexcept;
  MysqlAdministrator& operator=(MysqlAdministrator&&) noexcept;
  ~MysqlAdministrator();

  // Reads only.
  [[nodiscard]] Result<ProvisionState> look(const ProvisionRequest& request);
  [[nodiscard]] Result<> make_database(const ProvisionRequest& request, const ProvisionState& state);
  // True: the server wanted to see the password itself (MariaDB with a password check).
  [[nodiscard]] Result<bool> make_account(const ProvisionRequest& request, const ProvisionState& state,
                                          AccountChange change, const Secret& password);

 private:
  struct Session;
  explicit MysqlAdministrator(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace caretaker
