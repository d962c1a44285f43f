// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"

namespace caretaker {

// `hosts` in the order in which the machine `host_id` tries them: always the same on one machine, another one
// on the next, so that a fleet spreads; a host that is added or removed leaves the order of the others alone.
[[nodiscard]] std::vector<std::string> server_order(std::vector<std::string> hosts, std::int64_t host_id);

// Fails with the class `node` where the server says that it takes no writes: it is read-only (a replica, a
// secondary of Group Replication) or not ready in its Galera cluster.
[[nodiscard]] Result<> check_writable(MysqlConnection& connection);

// One server that could not be used. The message names it and has the fix.
struct ServerFailure {
  std::string address;
  Error error;
};

// All of them as one error; a single one stays as it is. The code, which decides when all are tried again, is
// that of the server that may be back first: a server that is down or read-only comes before one that a
// person has to see to.
[[nodiscard]] Error summary_of(std::span<const ServerFailure> failures);

// A session with the first server of [mysql] that can be reached and written to. Errors have their fix
// already (with_fix). After `stop` no further server is tried. At most connect_timeout plus io_timeout per
// server.
[[nodiscard]] Result<MysqlConnection> connect_to_any(const MysqlConfig& config, const Secret& password,
                                                     std::int64_t host_id, const std::stop_token& stop = {});

// What with_fix() needs to know about a server, which may not have been reached.
[[nodiscard]] MysqlErrorContext error_context(const MysqlConfig& config, const std::string& address,
                                              const std::string& account);

}  // namespace caretaker
