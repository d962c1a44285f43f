// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/sql_server.h"

namespace caretaker {

// For tests that are about MariaDB alone.
class MariadbServer : public SqlServer {
 public:
  explicit MariadbServer(std::vector<std::string> arguments = {})
      : SqlServer(Engine::mariadb, std::move(arguments)) {}
};

}  // namespace caretaker
