// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_servers.h"

namespace caretaker {

// What somebody who looks for a fault wants to know about the servers of [mysql].
struct MysqlDiagnosis {
  std::vector<ServerFailure> failures;  // of the servers that were tried and cannot be used, with the fix
  std::size_t servers_skipped = 0;      // there were too many, or time was up
  std::optional<MysqlServer> server;    // the first that can be used; the rest is about it

  std::string error;  // a question that failed, with the fix; what comes after it was not asked
  std::chrono::milliseconds ahead{0};  // the server's clock before ours
  bool database_exists = false;
  int schema_version = 0;                       // 0: no tables yet
  std::string schema_error;                     // why this program would not write to it
  std::vector<std::string> rights_missing;      // "INSERT on samples"
  std::vector<std::string> tables_behind;       // whose partitions nobody has made for days
  std::vector<std::string> tables_overflowing;  // that have rows in the catch-all
  std::int64_t last_delivery_ms = 0;            // of this host, the newest sample that is there; 0: none
};

inline constexpr std::size_t diagnosed_servers_max = 8;
inline constexpr std::chrono::seconds diagnosed_wait{3};      // of each step of a connection, at most
inline constexpr std::chrono::seconds diagnosis_time_max{8};  // after it no further server is tried

// Connects as the delivery of the host `host_id` does, and looks. Changes nothing: rights are found out with
// EXPLAIN of statements that would change no row.
[[nodiscard]] MysqlDiagnosis diagnose_mysql(const MysqlConfig& config, const Secret& password,
                                            std::int64_t host_id);

}  // namespace caretaker
