// SPDX-License-Identifier: MIT
#include "ctl/fake_daemon.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace caretaker::ctl {
namespace {

constexpr int head_timeout_ms = 10'000;
constexpr std::string_view no_answer = "(none)";

void check(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path.size() < sizeof address.sun_path, "path too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  check(::listen(fd.get(), 16) == 0, "listen");
  return fd;
}

std::string read_head(int fd) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, head_timeout_ms) <= 0) return {};
    char buffer[4096];
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0) return {};
    head.append(buffer, static_cast<std::size_t>(count));
  }
  return head;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the client has gone, as some tests want it to
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string http_answer(int status, std::string_view json) {
  return fmt::format(
      "HTTP/1.1 {} Reason\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: "
      "close\r\n\r\n{}",
      status, json.size(), json);
}

}  // namespace

FakeDaemon::FakeDaemon() : listener_(listen_at(socket())), stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { serve(); });
}

FakeDaemon::~FakeDaemon() {
  const std::uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
}

void FakeDaemon::answer(const std::string& request, int status, std::string_view json) {
  answer_raw(request, http_answer(status, json));
}

void FakeDaemon::answer_raw(const std::string& request, std::string bytes) {
  const std::lock_guard lock(mutex_);
  answers_[request] = {std::move(bytes)};
}

void FakeDaemon::answer_in_turn(const std::string& request, const std::vector<std::string>& jsons) {
  std::deque<std::string> answers;
  for (const std::string& json : jsons) answers.push_back(http_answer(200, json));
  const std::lock_guard lock(mutex_);
  answers_[request] = std::move(answers);
}

void FakeDaemon::never_answer(const std::string& request) {
  answer_raw(request, std::string(no_answer));
}

std::vector<std::string> FakeDaemon::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string FakeDaemon::last_head() const {
  const std::lock_guard lock(mutex_);
  return last_head_;
}

void FakeDaemon::serve() {
  for (;;) {
    pollfd ready[] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                      {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) return;
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) handle(std::move(connection));
  }
}

void FakeDaemon::handle(UniqueFd connection) {
  const std::string head = read_head(connection.get());
  const std::string request = head.substr(0, head.find(" HTTP/"));
  std::string answer =
      http_answer(404, R"({"error":{"code":"not_found","message":"no such thing","hint":""}})");
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    last_head_ = head;
    if (const auto found = answers_.find(request); found != answers_.end()) {
      answer = found->second.front();
      if (found->second.size() > 1) found->second.pop_front();
    }
  }
  if (answer == no_answer) {
    unanswered_.push_back(std::move(connection));
  } else {
    write_all(connection.get(), answer);
  }
}

}  // namespace caretaker::ctl
