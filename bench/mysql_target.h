// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "config/config.h"

namespace caretaker::bench {

// How the programs reach the throw-away server: 127.0.0.1, account `bench` without a password, no TLS. No
// partition is ever too old.
inline MysqlConfig target_config(std::uint16_t port, std::string database) {
  MysqlConfig config;
  config.hosts = {"127.0.0.1"};
  config.port = port;
  config.user = "bench";
  config.database = std::move(database);
  config.tls = TlsMode::off;
  config.retention = std::chrono::days{3'650};
  config.retention_1m = std::chrono::days{3'650};
  config.retention_1h = std::chrono::days{36'500};
  return config;
}

}  // namespace caretaker::bench
