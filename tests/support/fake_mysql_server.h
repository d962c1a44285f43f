// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace caretaker {

// What a real server cannot be made to say. Listens on a free port of 127.0.0.1, serves one client: sends
// the first text when it connects and one more for everything that comes in, keeps what it got, and is done
// when the client closes. Failures to listen throw.
class FakeMysqlServer {
 public:
  explicit FakeMysqlServer(std::vector<std::string> texts);
  FakeMysqlServer(const FakeMysqlServer&) = delete;
  FakeMysqlServer& operator=(const FakeMysqlServer&) = delete;
  ~FakeMysqlServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Everything that the client sent. Waits until it has closed the connection.
  [[nodiscard]] const std::string& received();

  // With header; the sequence number of a greeting is 0, and then both sides count on.
  static std::string packet(unsigned char sequence, std::string_view payload);
  // Of a MySQL 8.0 that asks for caching_sha2_password.
  static std::string greeting(bool offers_tls);

 private:
  void serve();

  std::vector<std::string> texts_;
  std::string received_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace caretaker
