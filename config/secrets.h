// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace caretaker {

inline constexpr std::size_t password_bytes_max = 1024;

// The password of [mysql]: `password`, else the content of `password_file`, else the systemd credential
// `mysql-password` ($CREDENTIALS_DIRECTORY), else an empty one. One newline at a file's end is left off.
// Reads files, so it belongs on the thread that connects, before every connect: a changed file then works at
// once.
[[nodiscard]] Result<Secret> resolve_mysql_password(const MysqlConfig& config);

// Where resolve_mysql_password() takes it from, and what makes a new one take effect, for people:
// "password_file /etc/x, which is read at every connect". Never the password.
[[nodiscard]] std::string describe_mysql_password(const MysqlConfig& config);

}  // namespace caretaker
