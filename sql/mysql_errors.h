// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace caretaker {

// What an error of the server or the client library asks for. None of them ever drops data.
enum class MysqlErrorClass : std::uint8_t {
  retry,      // the transaction lost against another one: roll back and run it again
  reconnect,  // the connection is gone and the outcome of a COMMIT may be unknown: the ledger decides
  capacity,   // the server takes no more connections: come back later
  node,       // this server may not be written to now (read-only, not in its cluster)
  full,       // the server is out of disk or memory
  too_large,  // smaller transactions will do
  poison,     // one row is refused
  partition,  // no partition takes the rows' time
  config,     // an account, a right, a setting or a table: a person has to act
  unknown     // anything else: hold
};

// Never fails: what is not in the table is unknown. `code` as in Error::code of MysqlConnection; errors of
// ours (code 0) are config.
[[nodiscard]] MysqlErrorClass classify_mysql_error(int code);

// Whether the account lacks a right, on the database, a table, a column or a whole kind of statement.
[[nodiscard]] bool is_mysql_right_missing(int code);

// What the plain words about an error need to know.
struct MysqlErrorContext {
  std::string address;   // db1:3306
  std::string user;      // as configured
  std::string account;   // 'user'@'host' once the server has told; empty before
  std::string database;  // as configured
  std::string password;  // where it comes from; never itself
};

// The error with what to do about it: "MySQL error 1045: Access denied ...; check [mysql] password ...".
[[nodiscard]] Error with_fix(const Error& error, const MysqlErrorContext& context);

}  // namespace caretaker
