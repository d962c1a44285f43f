// SPDX-License-Identifier: MIT
#include "sql/mysql_greeting.h"

namespace caretaker {
namespace {

constexpr std::size_t header_bytes = 4;         // three of length, one of sequence number
constexpr std::size_t up_to_capabilities = 13;  // connection id, half of the challenge, a filler
constexpr unsigned char protocol_version = 10;
constexpr unsigned char error_packet = 0xFF;
constexpr unsigned progress_report = 0xFFFF;  // an error that is none: another packet follows
constexpr unsigned client_ssl = 0x800;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

unsigned two_bytes_at(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) | (byte_at(bytes, at + 1) << 8U);
}

}  // namespace

MysqlGreeting read_mysql_greeting(std::string_view bytes) {
  using enum MysqlGreeting;
  if (bytes.size() < header_bytes) return incomplete;
  const std::size_t length = two_bytes_at(bytes, 0) | (byte_at(bytes, 2) << 16U);
  const std::string_view packet = bytes.substr(header_bytes, length);
  const MysqlGreeting cut =
      packet.size() < length && bytes.size() < mysql_greeting_bytes_max ? incomplete : foreign;
  if (packet.empty()) return cut;
  if (byte_at(packet, 0) == error_packet) {
    if (packet.size() < 3) return cut;
    return two_bytes_at(packet, 1) == progress_report ? foreign : error;
  }
  if (byte_at(packet, 0) != protocol_version) return foreign;
  const std::size_t end_of_version = packet.find('\0');
  if (end_of_version == std::string_view::npos) return cut;
  const std::size_t capabilities = end_of_version + 1 + up_to_capabilities;
  if (packet.size() < capabilities + 2) return cut;
  return (two_bytes_at(packet, capabilities) & client_ssl) != 0 ? tls : no_tls;
}

}  // namespace caretaker
