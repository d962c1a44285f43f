// SPDX-License-Identifier: MIT
#include "docker/scripted_engine.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace caretaker {
namespace {

constexpr int backlog = 64;

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string read_head(int fd) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && ::recv(fd, &byte, 1, 0) == 1) head.push_back(byte);
  return head;
}

}  // namespace

ScriptedEngine::ScriptedEngine() : socket_(dir_.path("engine.sock")) {
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), backlog) != 0) {
    throw std::runtime_error("cannot listen on " + socket_);
  }
  thread_ = std::thread([this] { serve(); });
}

ScriptedEngine::~ScriptedEngine() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept()
  thread_.join();
}

void ScriptedEngine::answer(std::string bytes) {
  const std::lock_guard lock(mutex_);
  script_.push_back({.bytes = std::move(bytes)});
}

void ScriptedEngine::answer_and_hang(std::string bytes) {
  const std::lock_guard lock(mutex_);
  script_.push_back({.bytes = std::move(bytes), .hang = true});
}

void ScriptedEngine::drip(std::string bytes, std::chrono::milliseconds pause) {
  const std::lock_guard lock(mutex_);
  script_.push_back({.bytes = std::move(bytes), .pause = pause});
}

std::vector<std::string> ScriptedEngine::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedEngine::serve() {
  while (!stopping_) {
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) continue;
    ++connections_;
    serve_connection(std::move(connection));
  }
}

void ScriptedEngine::serve_connection(UniqueFd connection) {
  std::string head = read_head(connection.get());
  Step step;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(head));
    if (!script_.empty()) {
      step = std::move(script_.front());
      script_.pop_front();
    }
  }
  if (step.pause.count() == 0) {
    send_all(connection.get(), step.bytes);
  } else {
    for (const char byte : step.bytes) {
      if (stopping_ || !send_all(connection.get(), {&byte, 1})) break;
      std::this_thread::sleep_for(step.pause);
    }
  }
  if (step.hang) hanging_.push_back(std::move(connection));
}

std::string http_answer(std::string_view body, std::string_view status, std::string_view headers) {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

std::string http_chunked(const std::vector<std::string>& chunks, bool ended) {
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunk : chunks) answer += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  if (ended) answer += "0\r\n\r\n";
  return answer;
}

}  // namespace caretaker
