// SPDX-License-Identifier: MIT
#pragma once

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

// Chooses the database, makes it where it is missing and the account may, and brings its tables forward to
// our version. Hosts may do so at the same time: every statement may run again, and a version is recorded
// once. A version above ours is an error: this program would not know what it writes. Where `system_monitor`
// belongs to someone else it is left alone and ours is `caretaker_system_monitor`.
[[nodiscard]] Result<MysqlSchema> bring_up_mysql_schema(MysqlConnection& connection,
                                                        const std::string& database);

}  // namespace caretaker
