// SPDX-License-Identifier: MIT
#include "support/wire_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace caretaker {
namespace {

constexpr std::size_t header_bytes = 4;  // three of length, one sequence number
constexpr std::string_view commit =
    "\x03"
    "COMMIT";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

UniqueFd tcp_socket() {
  return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// The first packet of `bytes`, header included; 0 when it is not whole yet.
std::size_t first_packet(std::string_view bytes) {
  if (bytes.size() < header_bytes) return 0;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t size = header_bytes + (byte(0) | byte(1) << 8U | byte(2) << 16U);
  return bytes.size() < size ? 0 : size;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

WireProxy::WireProxy(std::uint16_t server_port)
    : server_port_(server_port), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  listen();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

WireProxy::~WireProxy() {
  thread_.request_stop();
  wake();
}

void WireProxy::break_after(Side side, int packet, Fault fault) {
  arm({.fault = fault, .side = side, .packet = packet, .arrives = true});
}

void WireProxy::break_at(Side side, int packet, Fault fault) {
  arm({.fault = fault, .side = side, .packet = packet});
}

void WireProxy::break_at_commit_reply(Fault fault) {
  arm({.fault = fault, .commit_reply = true});
}

void WireProxy::arm(const Trigger& trigger) {
  const std::lock_guard lock(mutex_);
  trigger_ = trigger;
}

void WireProxy::cut() {
  const std::lock_guard lock(mutex_);
  for (Link& link : links_) link.dead = true;
  wake();
}

void WireProxy::refuse() {
  const std::lock_guard lock(mutex_);
  listener_.reset();
  for (Link& link : links_) link.dead = true;
  wake();
}

void WireProxy::heal() {
  const std::lock_guard lock(mutex_);
  trigger_.reset();
  if (lasting_) {
    for (Link& link : links_) link.dead = true;
  }
  lasting_.reset();
  packets_ = {};
  broken_ = false;
  if (!listener_.valid()) listen();
  wake();
}

bool WireProxy::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

int WireProxy::packets(Side side) const {
  const std::lock_guard lock(mutex_);
  return packets_.at(static_cast<std::size_t>(side));
}

// Always on the same port, once there is one.
void WireProxy::listen() {
  UniqueFd listener = tcp_socket();
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 16) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  listener_ = std::move(listener);
}

void WireProxy::wake() {
  ::eventfd_write(wake_.get(), 1);
}

void WireProxy::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
    std::vector<std::pair<Link*, Side>> owners;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(links_, [](const Link& link) { return link.dead; });
      polled.push_back({listener_.get(), POLLIN, 0});
      for (Link& link : links_) {
        if (lasting_ == Fault::half_open) break;
        polled.push_back({link.client.get(), POLLIN, 0});
        owners.emplace_back(&link, Side::client);
        polled.push_back({link.server.get(), POLLIN, 0});
        owners.emplace_back(&link, Side::server);
      }
    }
    ::poll(polled.data(), polled.size(), -1);
    eventfd_t ignored = 0;
    ::eventfd_read(wake_.get(), &ignored);
    const std::lock_guard lock(mutex_);
    if (polled[1].revents != 0) accept_one();
    for (std::size_t i = 0; i < owners.size(); ++i) {
      if (polled[i + 2].revents != 0) pump(*owners[i].first, owners[i].second);
    }
  }
}

void WireProxy::accept_one() {
  UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  UniqueFd server = tcp_socket();
  const sockaddr_in address = loopback(server_port_);
  if (!client.valid()) return;
  const int on = 1;  // packets are forwarded one by one
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  links_.emplace_back(std::move(client), std::move(server), "", "");
}

// Reads what there is, once.
void WireProxy::pump(Link& link, Side side) {
  if (link.dead || lasting_ == Fault::half_open) return;
  const int fd = side == Side::client ? link.client.get() : link.server.get();
  std::string& pending = side == Side::client ? link.from_client : link.from_server;
  char buffer[65'536];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got <= 0) {
    link.dead = true;
    return;
  }
  pending.append(buffer, static_cast<std::size_t>(got));
  forward(link, side);
}

void WireProxy::forward(Link& link, Side side) {
  const int to = side == Side::client ? link.server.get() : link.client.get();
  std::string& pending = side == Side::client ? link.from_client : link.from_server;
  for (std::size_t size = first_packet(pending); size != 0 && !lasting_; size = first_packet(pending)) {
    const std::string packet = pending.substr(0, size);
    pending.erase(0, size);
    const bool strikes = triggers(link, side, packet);
    if ((!strikes || trigger_->arrives) && !send_all(to, packet)) link.dead = true;
    if (strikes) strike(link, trigger_->fault);
    if (link.dead) return;
  }
}

bool WireProxy::triggers(Link& link, Side side, const std::string& packet) {
  const int number = ++packets_.at(static_cast<std::size_t>(side));
  const bool commit_reply = side == Side::server && link.commit_sent;
  link.commit_sent = side == Side::client && std::string_view(packet).substr(header_bytes) == commit;
  if (!trigger_ || broken_) return false;
  return trigger_->commit_reply ? commit_reply : trigger_->side == side && trigger_->packet == number;
}

void WireProxy::strike(Link& link, Fault fault) {
  broken_ = true;
  if (fault == Fault::cut) {
    link.dead = true;
  } else {
    lasting_ = fault;
  }
}

}  // namespace caretaker
