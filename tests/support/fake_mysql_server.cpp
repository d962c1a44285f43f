// SPDX-License-Identifier: MIT
#include "support/fake_mysql_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace caretaker {

FakeMysqlServer::FakeMysqlServer(std::vector<std::string> texts)
    : texts_(std::move(texts)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 1) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FakeMysqlServer::~FakeMysqlServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
}

const std::string& FakeMysqlServer::received() {
  if (thread_.joinable()) thread_.join();
  return received_;
}

void FakeMysqlServer::serve() {
  const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.valid()) return;
  std::array<char, 4096> buffer{};
  for (std::size_t next = 0;; ++next) {
    if (next < texts_.size()) {
      ::send(client.get(), texts_[next].data(), texts_[next].size(), MSG_NOSIGNAL);
    }
    const ssize_t bytes = ::recv(client.get(), buffer.data(), buffer.size(), 0);
    if (bytes <= 0) return;
    received_.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
}

std::string FakeMysqlServer::packet(unsigned char sequence, std::string_view payload) {
  std::string bytes;
  for (const unsigned shift : {0U, 8U, 16U}) bytes += static_cast<char>((payload.size() >> shift) & 0xFFU);
  bytes += static_cast<char>(sequence);
  return bytes.append(payload);
}

std::string FakeMysqlServer::greeting(bool offers_tls) {
  std::string payload(
      "\x0A"
      "8.0.40\0"
      "\x07\0\0\0"
      "abcdefgh"
      "\0",
      21);
  // LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, SECURE_CONNECTION; PLUGIN_AUTH in the upper half.
  payload += std::string(offers_tls ? "\x09\x8A" : "\x09\x82", 2);
  payload += std::string("\xFF\x02\0\x08\0\x15", 6) + std::string(10, '\0');
  payload += std::string("ijklmnopqrst\0caching_sha2_password\0", 35);
  return packet(0, payload);
}

}  // namespace caretaker
