// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace caretaker {

struct MysqlHost {
  std::string name;  // a host name or an IP address, without brackets
  std::uint16_t port = 0;
  bool operator==(const MysqlHost&) const = default;
};

// "db1", "db1:3307", "10.0.0.1", "fd00::3", "[fd00::3]" or "[fd00::3]:3306". The error says what is wrong and
// how to write it, as the end of a sentence whose subject is the text; it does not contain the text.
[[nodiscard]] Result<MysqlHost> parse_mysql_host(std::string_view text, std::uint16_t default_port);

// "db1:3306", "[fd00::3]:3306"
[[nodiscard]] std::string to_string(const MysqlHost& host);

}  // namespace caretaker
