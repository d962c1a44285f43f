// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/fake_engine_http.h"

namespace caretaker::fake {

// Listens on a Unix socket, one thread per connection. start() and stop() may alternate, from any thread,
// also from that of a connection.
class Server {
 public:
  // Answers one request; false ends the connection.
  using Handler = std::function<bool(const HttpConnection&, const HttpRequest&)>;

  Server(std::string socket, Handler handler) : socket_(std::move(socket)), handler_(std::move(handler)) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { stop(); }

  void start();
  // Nobody can connect any more, all connections are closed and their threads have ended.
  void stop();

 private:
  struct Connection {
    UniqueFd fd;
    std::thread thread;
    std::atomic<bool> done{false};
  };

  void accept_all();
  void serve(Connection& connection);
  void reap();

  const std::string socket_;
  const Handler handler_;
  std::mutex control_mutex_;  // one start() or stop() at a time
  UniqueFd listener_;
  std::thread acceptor_;

  std::mutex mutex_;
  bool running_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace caretaker::fake
