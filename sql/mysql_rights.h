// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

// Text as an SQL string or name: `quote` is doubled inside. For names without backslashes only, which SQL
// modes read in different ways.
[[nodiscard]] std::string sql_quoted(std::string_view text, char quote);

// The first column of all rows, NULL as empty text.
[[nodiscard]] Result<std::vector<std::string>> first_column(MysqlConnection& connection,
                                                            const std::string& sql);
// Of the first row; empty where there is none.
[[nodiscard]] Result<std::string> first_value(MysqlConnection& connection, const std::string& sql);

// The rights of `account` ('user'@'host') that hold in all of `database`, in capitals; those that come with a
// role are not among them. `grantable`: only those that it may give on.
[[nodiscard]] Result<std::set<std::string>> mysql_rights(MysqlConnection& connection,
                                                         const std::string& account,
                                                         const std::string& database, bool grantable);

// What of `wanted` ("SELECT, INSERT") is not in `rights`.
[[nodiscard]] std::vector<std::string> missing_rights(const std::set<std::string>& rights,
                                                      std::string_view wanted);

}  // namespace caretaker
