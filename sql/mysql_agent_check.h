// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace caretaker {

// The rights of the agent's account, as GRANT lists them.
[[nodiscard]] std::string agent_rights(bool may_maintain);

// Whether the server refused the login itself.
[[nodiscard]] bool is_wrong_mysql_password(const Error& error);

// Whether the account of `config` gets in with this password; an error when that is not known.
[[nodiscard]] Result<bool> mysql_login_works(const MysqlConfig& config, const Secret& password);

struct AgentCheck {
  std::string server;  // "MariaDB 10.11.19 at db1:3306"
  std::string tls;     // cipher; empty: not encrypted
  int schema_version = 0;
  std::string note;  // of the schema; usually empty
};

// As the agent itself: connects, brings the tables forward, and makes sure of each of its rights; a row is
// written and rolled back. Leaves nothing but the tables behind.
[[nodiscard]] Result<AgentCheck> prepare_and_check_agent(const MysqlConfig& config, const Secret& password,
                                                         bool may_maintain);

}  // namespace caretaker
