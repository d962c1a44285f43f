// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace caretaker {

// What the first bytes of a MySQL server tell about TLS, before anything is sent to it.
enum class MysqlGreeting : std::uint8_t {
  incomplete,  // more bytes are needed
  tls,         // offers TLS
  no_tls,      // does not
  error,       // the server refuses the connection: no answer will be sent
  foreign      // not the protocol of MySQL
};

// More bytes than this are never needed.
inline constexpr std::size_t mysql_greeting_bytes_max = 512;

// Pure. `bytes` is what has arrived so far.
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
[[nodiscard]] MysqlGreeting read_mysql_greeting(std::string_view bytes);

}  // namespace caretaker
