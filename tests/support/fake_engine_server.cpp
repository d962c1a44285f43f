// SPDX-License-Identifier: MIT
#include "support/fake_engine_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace caretaker::fake {
namespace {

constexpr int waiting_connections_max = 128;

}  // namespace

void Server::start() {
  const std::scoped_lock control(control_mutex_);
  if (listener_.valid()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
  std::ranges::copy(socket_, address.sun_path);
  ::unlink(socket_.c_str());
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), waiting_connections_max) != 0) {
    throw std::runtime_error("cannot listen on " + socket_);
  }
  {
    const std::scoped_lock lock(mutex_);
    running_ = true;
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

void Server::stop() {
  const std::scoped_lock control(control_mutex_);
  if (!listener_.valid()) return;
  std::vector<std::unique_ptr<Connection>> connections;
  {
    const std::scoped_lock lock(mutex_);
    running_ = false;
    connections.swap(connections_);
    for (const auto& connection : connections) ::shutdown(connection->fd.get(), SHUT_RDWR);
  }
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  listener_.reset();
  ::unlink(socket_.c_str());
  for (auto& connection : connections) {
    if (connection->thread.get_id() != std::this_thread::get_id()) {
      connection->thread.join();
    } else {
      const std::scoped_lock lock(mutex_);
      connections_.push_back(std::move(connection));  // ends by itself, joined by the next stop or accept
    }
  }
}

void Server::accept_all() {
  for (;;) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::scoped_lock lock(mutex_);
    if (!running_) return;
    if (!fd.valid()) continue;
    reap();
    auto connection = std::make_unique<Connection>();
    connection->fd = std::move(fd);
    connection->thread = std::thread([this, raw = connection.get()] { serve(*raw); });
    connections_.push_back(std::move(connection));
  }
}

void Server::serve(Connection& connection) {
  HttpConnection http(connection.fd.get());
  while (const std::optional<HttpRequest> request = http.read()) {
    if (!handler_(http, *request)) break;
  }
  ::shutdown(connection.fd.get(), SHUT_RDWR);
  connection.done = true;
}

void Server::reap() {
  std::erase_if(connections_, [](const auto& connection) {
    if (!connection->done) return false;
    connection->thread.join();
    return true;
  });
}

}  // namespace caretaker::fake
