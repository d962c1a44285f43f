// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace caretaker::bench {

// A MySQL server as far as one connection's writer can tell: it lets everybody in, and every statement has
// changed one row. It stores nothing, so that only the client is measured. Listens on a Unix socket, serves
// one client at a time on a thread of its own. Failures to listen throw.
class OkServer {
 public:
  explicit OkServer(const std::string& socket_path);
  OkServer(const OkServer&) = delete;
  OkServer& operator=(const OkServer&) = delete;
  // After the client has gone.
  ~OkServer();

 private:
  UniqueFd listener_;
  std::thread thread_;
};

}  // namespace caretaker::bench
