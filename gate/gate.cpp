// SPDX-License-Identifier: MIT
#include "gate/gate.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"

namespace caretaker {
namespace {

std::int64_t monotonic_ns() {
  return SystemClock().now().monotonic_ns;
}

}  // namespace

Result<std::unique_ptr<Gate>> Gate::start(EventLoop& loop, UniqueFd listener, GateOptions options,
                                          const Audit& audit) {
  std::unique_ptr<Gate> gate(new Gate(loop, std::move(listener), std::move(options), audit));
  if (const Result<> opened = gate->open(); !opened) return std::unexpected(opened.error());
  return gate;
}

Gate::Gate(EventLoop& loop, UniqueFd listener, GateOptions options, const Audit& audit)
    : loop_(loop),
      options_(std::move(options)),
      audit_(audit),
      refusal_log_(audit),
      reads_(options_.reads),
      changes_(options_.changes),
      listener_(std::move(listener)) {}

Gate::~Gate() {
  for (Connection& connection : connections_) connection.give_up("the gate was stopped");
  refusal_log_.flush();
}

Result<> Gate::open() {
  auto timer = loop_.add_timer([this] { on_idle(); });
  if (!timer) return std::unexpected(timer.error());
  idle_timer_ = std::move(*timer);
  auto source = loop_.add_io(listener_.get(), EPOLLIN, [this](std::uint32_t events) {
    accept();
    // Such a socket would be ready for ever and give nothing.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0)
      fail_with({.code = 0, .message = "the passed socket was shut"});
  });
  if (!source) return std::unexpected(source.error());
  listener_source_ = std::move(*source);
  await_idleness();
  return {};
}

void Gate::accept() {
  while (connections_.size() < options_.connections) {
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.valid()) {
      serve(std::move(client));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return fail_with(fail_errno(errno, "accept4").error());
    }
  }
  EventLoop::watch_io(**listener_source_, 0);
}

void Gate::fail_with(Error error) {
  failure_ = std::move(error);
  loop_.quit();
}

void Gate::serve(UniqueFd client) {
  const Result<Peer> peer = peer_of(client.get());
  if (!peer) return;  // nobody whose name could be written down
  EventLoop::disarm_timer(**idle_timer_);
  connections_.emplace_back(loop_, static_cast<ConnectionOwner&>(*this), std::move(client), *peer,
                            options_.times);
  if (!connections_.back().start()) ended(connections_.back());
}

void Gate::ended(Connection& connection) {
  connections_.remove_if([&](const Connection& other) { return &other == &connection; });
  EventLoop::watch_io(**listener_source_, EPOLLIN);
  await_idleness();
}

void Gate::await_idleness() {
  if (!connections_.empty() || options_.idle_time.count() == 0) return;
  EventLoop::arm_timer(**idle_timer_, monotonic_ns() + options_.idle_time.count() * ns_per_ms);
}

// Whoever connects between this and our end waits in the socket's queue, and systemd starts us again.
void Gate::on_idle() {
  accept();
  if (connections_.empty()) loop_.quit();
}

std::optional<Refusal> Gate::over_limit(const GateRequest& request) {
  const auto relays = static_cast<std::size_t>(std::ranges::count_if(connections_, &Connection::relays));
  if (relays >= options_.relays) {
    return Refusal{429, fmt::format("{} requests are under way, more are not passed", relays), 1};
  }
  const bool change = is_change(request.method);
  const int wait_s = (change ? changes_ : reads_).take(monotonic_ns());
  if (wait_s == 0) return std::nullopt;
  const Rate& rate = change ? options_.changes : options_.reads;
  return Refusal{429,
                 fmt::format("more {} than {} at once and {} per second", change ? "changes" : "questions",
                             rate.burst, rate.per_second),
                 wait_s};
}

std::expected<UniqueFd, Refusal> Gate::open_engine(const GateRequest& request, const Peer& peer) {
  if (auto refusal = over_limit(request)) {
    refusal_log_.write({.kind = "engine_request_throttled",
                        .method = request.method,
                        .target = request.target,
                        .peer = &peer,
                        .reason = refusal->reason},
                       monotonic_ns());
    return std::unexpected(std::move(*refusal));
  }
  auto engine = connect_engine(options_.engine);
  engine_is(engine ? nullptr : &engine.error());
  if (engine && is_change(request.method)) {
    audit_.write(
        {.kind = "engine_change_passed", .method = request.method, .target = request.target, .peer = &peer});
  }
  return engine;
}

// Told when it changes.
void Gate::engine_is(const Refusal* problem) {
  const std::string now = problem == nullptr ? "" : problem->reason;
  if (now == engine_problem_) return;
  engine_problem_ = now;
  const std::string reason = now.empty() ? options_.engine + " takes connections again" : now;
  audit_.write({.kind = now.empty() ? "engine_reached" : "engine_unreachable", .reason = reason});
}

void Gate::refused(const RefusedRequest& request, const Peer& peer) {
  refusal_log_.write({.kind = "engine_request_refused",
                      .method = request.method,
                      .target = request.target,
                      .peer = &peer,
                      .reason = request.refusal.reason},
                     monotonic_ns());
}

void Gate::answered(const GateRequest& request, const Peer& peer, int status, std::string_view reason) {
  if (!is_change(request.method)) return;
  audit_.write({.kind = "engine_change_answered",
                .method = request.method,
                .target = request.target,
                .peer = &peer,
                .engine_status = status,
                .reason = reason});
}

}  // namespace caretaker
