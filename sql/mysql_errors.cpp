// SPDX-License-Identifier: MIT
#include "sql/mysql_errors.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <string_view>

#include "sql/mysql_agent_check.h"

namespace caretaker {
namespace {

struct KnownError {
  constexpr KnownError(int number, MysqlErrorClass what, std::string_view what_to_do = {})
      : code(number), error_class(what), fix(what_to_do) {}
  int code;
  MysqlErrorClass error_class;
  std::string_view fix;  // with {address}, {user}, {account}, {database}, {password}, {rights}; may be empty
};

constexpr std::string_view grant_fix =
    "let an administrator run: CREATE DATABASE IF NOT EXISTS `{database}`; GRANT {rights} ON `{database}`.* "
    "TO {account};";
constexpr std::string_view create_fix =
    "let an administrator run: CREATE DATABASE `{database}` CHARACTER SET utf8mb4;";
constexpr std::string_view password_fix =
    "check [mysql] user ({user}) and its password, which comes from {password}";
constexpr std::string_view address_fix =
    "nothing answers at {address}: is the server running, and are [mysql] host, port or socket right?";
constexpr std::string_view full_fix = "the server at {address} needs disk space or memory";
constexpr std::string_view read_only_fix =
    "the server at {address} takes no writes now: name the primary, or all servers of its cluster, in "
    "[mysql] "
    "host";
constexpr std::string_view connections_fix =
    "the server at {address} has no connection left: raise max_connections or the account's limits";
constexpr std::string_view lost_table_fix =
    "a table of Caretaker is gone: restore it, or run DELETE FROM `{database}`.schema_version; and it is "
    "created again, empty";
constexpr std::string_view foreign_table_fix =
    "a table in `{database}` has Caretaker's name but other columns: set [mysql] database to one of its own";
constexpr std::string_view tls_fix =
    "check [mysql] tls and tls_ca, and the certificate of the server at {address}";
constexpr std::string_view client_plugin_fix =
    "the account's login method needs TLS or is unknown to the client library: set [mysql] tls = required";
constexpr std::string_view packet_fix = "raise max_allowed_packet on the server at {address}";
constexpr std::string_view partition_fix =
    "`{database}`.samples has no partition for these rows: caretakerctl mysql maintain adds it";
constexpr std::string_view tidb_fix =
    "the storage behind the TiDB at {address} does not answer: see the logs of PD and TiKV";
constexpr std::string_view method_fix =
    "give the account another one, such as caching_sha2_password, mysql_native_password or ed25519";

// Codes of MySQL, MariaDB, Galera, Group Replication (31xx) and TiDB (8xxx, 9xxx), sorted.
// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html,
// https://mariadb.com/kb/en/mariadb-error-code-reference/,
// https://docs.pingcap.com/tidb/stable/error-codes
using enum MysqlErrorClass;
constexpr KnownError known_errors[] = {
    {1021, full, full_fix},
    {1030, full, full_fix},
    {1037, full, full_fix},
    {1038, full, full_fix},
    {1040, capacity, connections_fix},
    {1041, full, full_fix},
    {1043, reconnect},
    {1044, config, grant_fix},
    {1045, config, password_fix},
    {1047, node, read_only_fix},
    {1048, poison},
    {1049, config, create_fix},
    {1053, reconnect},
    {1054, config, foreign_table_fix},
    {1062, poison},
    {1064, config},
    {1077, reconnect},
    {1079, reconnect},
    {1114, full, full_fix},
    {1129, config,
     "let an administrator run on the server at {address}: FLUSH HOSTS; (MySQL 8.4 and newer: TRUNCATE TABLE "
     "performance_schema.host_cache;)"},
    {1130, config, "the server at {address} has no account {user} for this host: create one"},
    {1136, config, foreign_table_fix},
    {1142, config, grant_fix},
    {1143, config, grant_fix},
    {1146, config, lost_table_fix},
    {1152, reconnect},
    {1153, too_large, packet_fix},
    {1158, reconnect},
    {1159, reconnect},
    {1160, reconnect},
    {1161, reconnect},
    {1180, retry},
    {1184, reconnect},
    {1203, capacity, connections_fix},
    {1205, retry},
    {1213, retry},
    {1226, capacity, connections_fix},
    {1227, config, grant_fix},
    {1251, config, client_plugin_fix},
    {1264, poison},
    {1265, poison},
    {1290, node, read_only_fix},
    {1292, poison},
    {1317, reconnect},
    {1347, config, foreign_table_fix},
    {1366, poison},
    {1406, poison},
    {1526, partition, partition_fix},
    {1665, config, "set binlog_format to MIXED or ROW on the server at {address}"},
    {1698, config, password_fix},
    {1792, node, read_only_fix},
    {1820, config, "the account's password has expired: set a new one"},
    {1836, node, read_only_fix},
    {1862, config, "the account's password has expired: set a new one"},
    {1927, reconnect},
    {1969, reconnect},
    {2002, reconnect, address_fix},
    {2003, reconnect, address_fix},
    {2005, reconnect, address_fix},
    {2006, reconnect},
    {2012, reconnect},
    {2013, reconnect},
    {2020, too_large, packet_fix},
    {2026, config, tls_fix},
    {2027, reconnect},
    {2055, reconnect},
    {2059, config, client_plugin_fix},
    {2061, config, client_plugin_fix},
    {3024, reconnect},
    {3032, node, "the server at {address} is in offline mode"},
    {3100, too_large,
     "raise group_replication_transaction_size_limit on the server at {address}, or see its log why the "
     "group "
     "refuses transactions"},
    {3101, retry},
    {3118, config, "the account is locked: ALTER USER {account} ACCOUNT UNLOCK;"},
    {3159, config, "the server at {address} demands TLS: set [mysql] tls = required"},
    {3168, reconnect},
    {3819, poison},
    {3955, config, "wrong passwords have locked the account: let an administrator unlock {user}"},
    {4025, poison},
    {4031, reconnect},
    {4151, config, "the account is locked: let an administrator unlock {user}"},
    {5010, config, method_fix},
    {8002, retry},
    {8004, too_large, "raise txn-total-size-limit of the TiDB at {address}"},
    {8005, retry},
    {8022, retry},
    {8028, retry},
    {9001, node, tidb_fix},
    {9002, node, tidb_fix},
    {9003, node, tidb_fix},
    {9004, retry},
    {9005, node, tidb_fix},
    {9007, retry},
};
static_assert(std::ranges::adjacent_find(known_errors, std::ranges::greater_equal{}, &KnownError::code) ==
                  std::end(known_errors),
              "sorted, each code once");

const KnownError* find_error(int code) {
  const auto* found = std::ranges::lower_bound(known_errors, code, {}, &KnownError::code);
  return found != std::end(known_errors) && found->code == code ? found : nullptr;
}

}  // namespace

MysqlErrorClass classify_mysql_error(int code) {
  if (code == 0) return config;
  const KnownError* known = find_error(code);
  return known != nullptr ? known->error_class : unknown;
}

bool is_mysql_right_missing(int code) {
  return code == ER_TABLEACCESS_DENIED_ERROR || code == ER_DBACCESS_DENIED_ERROR ||
         code == ER_COLUMNACCESS_DENIED_ERROR || code == ER_SPECIFIC_ACCESS_DENIED_ERROR;
}

Error with_fix(const Error& error, const MysqlErrorContext& context) {
  const KnownError* known = find_error(error.code);
  if (known == nullptr || known->fix.empty()) return error;
  const std::string account =
      context.account.empty() ? fmt::format("'{}'@'%'", context.user) : context.account;
  const std::string fix = fmt::format(
      fmt::runtime(known->fix), fmt::arg("address", context.address), fmt::arg("user", context.user),
      fmt::arg("account", account), fmt::arg("database", context.database),
      fmt::arg("password", context.password), fmt::arg("rights", agent_rights(false)));
  return Error{error.code, error.message + "; " + fix};
}

}  // namespace caretaker
