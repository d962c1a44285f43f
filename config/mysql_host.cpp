// SPDX-License-Identifier: MIT
#include "config/mysql_host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>

#include "base/parse.h"

namespace caretaker {
namespace {

constexpr std::size_t host_name_bytes_max = 253;  // RFC 1035

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_host_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

// `text` is what stands behind the host: nothing, or a colon and a port.
Result<std::uint16_t> parse_port(std::string_view text, std::uint16_t default_port) {
  if (text.empty()) return default_port;
  const auto port = parse_number<std::uint16_t>(text.substr(1));
  if (text.front() != ':' || !port || *port == 0) {
    return fail("has a port that is no whole number from 1 to 65535");
  }
  return *port;
}

}  // namespace

Result<MysqlHost> parse_mysql_host(std::string_view text, std::uint16_t default_port) {
  const bool bracketed = text.starts_with('[') && text.contains(']');
  const auto colons = std::ranges::count(text, ':');
  MysqlHost host;
  std::string_view rest;
  if (bracketed || colons > 1) {
    const std::size_t end = bracketed ? text.find(']') : text.size();
    host.name = bracketed ? text.substr(1, end - 1) : text;
    if (bracketed) rest = text.substr(end + 1);
    if (!is_ipv6(host.name)) return fail("is not an IPv6 address: write it as fd00::3 or [fd00::3]:3306");
  } else {
    host.name = text.substr(0, text.find(':'));
    rest = text.substr(host.name.size());
    if (host.name.empty() || host.name.size() > host_name_bytes_max || text.contains("//") ||
        !std::ranges::all_of(host.name, is_host_name_byte)) {
      return fail("is not a host: write a name or an IP address, with or without :PORT");
    }
  }
  const auto port = parse_port(rest, default_port);
  if (!port) return std::unexpected(port.error());
  host.port = *port;
  return host;
}

std::string to_string(const MysqlHost& host) {
  const std::string port = ":" + std::to_string(host.port);
  return host.name.contains(':') ? "[" + host.name + "]" + port : host.name + port;
}

}  // namespace caretaker
