// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

struct MysqlSchema {
  std::string system_monitor;  // the headline table's name
  std::string note;            // what people should know about it; usually empty
};

// The version that this program writes: the number of files in sql/mysql/.
[[nodiscard]] int mysql_schema_version();

// So long a host waits, on its thread, for another one that brings the tables forward.
inline constexpr std::chrono::seconds migration_wait{5};

// Chooses the database, makes it where it is missing and the account may, and brings its tables forward to
// our version: one host at a time, under the lease `schema` (`holder` as MysqlLease wants it), the others
// wait for `migration_wait` and then get an error that is worth another try. A migration may be cut off
// anywhere and runs again. Versions only add, so a newer one is fine, until a `writer_min` in
// `schema_version` is above ours: that is an error, this program would not know what it writes. Where
// `system_monitor` belongs to someone else it is left alone and ours is `caretaker_system_monitor`.
[[nodiscard]] Result<MysqlSchema> bring_up_mysql_schema(MysqlConnection& connection,
                                                        const std::string& database, std::int64_t holder);

// The same without changing anything: tables that are missing or older are an error.
[[nodiscard]] Result<MysqlSchema> look_at_mysql_schema(MysqlConnection& connection,
                                                       const std::string& database);

}  // namespace caretaker
