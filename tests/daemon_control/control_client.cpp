// SPDX-License-Identifier: MIT
#include "daemon_control/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <stdexcept>

#include "base/parse.h"

namespace caretaker {
namespace {

constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};

std::size_t content_length(std::string_view headers) {
  constexpr std::string_view name = "Content-Length: ";
  const std::size_t begin = headers.find(name);
  if (begin == std::string_view::npos) throw std::runtime_error("answer without a length");
  const std::string_view rest = headers.substr(begin + name.size());
  return parse_number<std::size_t>(rest.substr(0, rest.find('\r'))).value();
}

}  // namespace

ControlClient::ControlClient(const std::string& socket_path)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    throw std::runtime_error("connect " + socket_path);
  }
}

void ControlClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // the server hung up: receive() tells
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool ControlClient::fill() {
  char part[4096];
  const auto size = ::recv(fd_.get(), part, sizeof part, 0);
  if (size > 0) buffer_.append(part, static_cast<std::size_t>(size));
  return size > 0;
}

HttpAnswer ControlClient::receive() {
  HttpAnswer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  answer.headers = buffer_.substr(0, end + 2);
  const std::size_t total = end + 4 + content_length(answer.headers);
  while (buffer_.size() < total) {
    if (!fill()) return answer;
  }
  answer.status = parse_number<int>(std::string_view(answer.headers).substr(9, 3)).value();
  answer.body = buffer_.substr(end + 4, total - end - 4);
  buffer_.erase(0, total);
  return answer;
}

HttpAnswer ControlClient::request(std::string_view method, std::string_view target, std::string_view body) {
  std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(text + "\r\n");
  send(body);
  return receive();
}

bool ControlClient::has_data() const {
  pollfd one{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return !buffer_.empty() || ::poll(&one, 1, 0) > 0;
}

bool ControlClient::is_closed_by_peer() {
  pollfd one{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&one, 1, static_cast<int>(patience.tv_sec * 1000)) <= 0) return false;
  return !fill();
}

}  // namespace caretaker
