// SPDX-License-Identifier: MIT
#include "sql/mysql_rights.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sql/mysql_connection.h"

namespace caretaker {

std::string sql_quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

Result<std::vector<std::string>> first_column(MysqlConnection& connection, const std::string& sql) {
  const auto rows = connection.query(sql);
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::string> values;
  for (const SqlRow& row : *rows) values.push_back(row.at(0).value_or(""));
  return values;
}

Result<std::string> first_value(MysqlConnection& connection, const std::string& sql) {
  auto values = first_column(connection, sql);
  if (!values) return std::unexpected(values.error());
  return values->empty() ? "" : std::move(values->front());
}

Result<std::set<std::string>> mysql_rights(MysqlConnection& connection, const std::string& account,
                                           const std::string& database, bool grantable) {
  const std::string of_account =
      fmt::format("GRANTEE = {}{}", sql_quoted(account, '"'), grantable ? " AND IS_GRANTABLE = 'YES'" : "");
  // Without ANSI_QUOTES, which no session of ours has, "..." is a string.
  const auto rights = first_column(
      connection, fmt::format("SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE {0} UNION "
                              "SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE {0} AND "
                              "{1} LIKE TABLE_SCHEMA",
                              of_account, sql_quoted(database, '\'')));
  if (!rights) return std::unexpected(rights.error());
  return std::set<std::string>(rights->begin(), rights->end());
}

std::vector<std::string> missing_rights(const std::set<std::string>& rights, std::string_view wanted) {
  std::vector<std::string> missing;
  for (const std::string_view right : split(wanted, ',')) {
    if (!rights.contains(std::string(trim(right)))) missing.emplace_back(trim(right));
  }
  return missing;
}

}  // namespace caretaker
