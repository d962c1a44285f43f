// SPDX-License-Identifier: MIT
#include "gate/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"

namespace caretaker {
namespace {

constexpr std::size_t read_bytes = 4096;  // of a head, at once
constexpr std::string_view http_version = "HTTP/1.";
constexpr std::size_t status_at = 9;  // in "HTTP/1.1 200"
constexpr std::size_t status_end = 12;

bool must_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

Connection::Connection(EventLoop& loop, ConnectionOwner& owner, UniqueFd client, Peer peer,
                       ConnectionTimes times)
    : loop_(loop), owner_(owner), peer_(peer), times_(times), client_(std::move(client)) {}

Connection::~Connection() = default;

Result<> Connection::start() {
  auto timer = loop_.add_timer([this] { on_time(); });
  if (!timer) return std::unexpected(timer.error());
  timer_ = std::move(*timer);
  auto source = loop_.add_io(client_.get(), EPOLLIN, [this](std::uint32_t events) { on_client(events); });
  if (!source) return std::unexpected(source.error());
  client_source_ = std::move(*source);
  arm(times_.head);
  return {};
}

void Connection::on_client(std::uint32_t events) {
  if (!request_ && !last_) {
    read_head();
  } else if ((events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) {
    end("the client left before the answer");
  } else if ((events & EPOLLIN) != 0) {
    owner_.refused({{400, "bytes behind the request"}, request_->method, request_->target}, peer_);
    end("the client sent more than one request");
  } else if ((events & EPOLLOUT) != 0) {
    send_answer();
  }
  settle();
}

void Connection::on_engine(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) send_request();
  // What the engine said before it closed comes first; recv() tells of the end behind it.
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_answer();
  settle();
}

void Connection::on_time() {
  if (!request_ && !last_) {
    const Refusal late{408, "the request did not come within " + format_duration(times_.head)};
    owner_.refused({late, {}, {}}, peer_);
    refuse(late);
  } else {
    end("the client does not take the answer");
  }
  settle();
}

void Connection::read_head() {
  std::array<char, read_bytes> bytes{};
  const ssize_t count = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && must_wait()) return;
  if (count <= 0) return end({});  // who asks nothing is told nothing
  head_.append(bytes.data(), static_cast<std::size_t>(count));
  HeadOutcome outcome = read_request_head(head_);
  if (auto* const request = std::get_if<GateRequest>(&outcome)) {
    pass_on(std::move(*request));
  } else if (const auto* const refused = std::get_if<RefusedRequest>(&outcome)) {
    owner_.refused(*refused, peer_);
    refuse(refused->refusal);
  }
}

void Connection::pass_on(GateRequest request) {
  auto engine = owner_.open_engine(request, peer_);
  if (!engine) return refuse(engine.error());
  auto source = loop_.add_io(engine->get(), EPOLLOUT, [this](std::uint32_t events) { on_engine(events); });
  if (!source) return refuse({502, source.error().message});
  EventLoop::disarm_timer(**timer_);
  engine_ = std::move(*engine);
  engine_source_ = std::move(*source);
  to_engine_ = engine_request_text(request);
  request_ = std::move(request);
  head_ = {};
  send_request();
}

void Connection::refuse(const Refusal& refusal) {
  head_ = {};
  refusal_ = refusal_answer(refusal);
  to_client_ = refusal_;
  last_ = true;
  send_answer();
}

void Connection::send_request() {
  if (to_engine_.empty()) return;
  const ssize_t count = ::send(engine_.get(), to_engine_.data(), to_engine_.size(), MSG_NOSIGNAL);
  if (count < 0 && must_wait()) return;
  // An engine that closes while it is sent to may have answered all the same: reading will tell.
  to_engine_.erase(0, count < 0 ? std::string::npos : static_cast<std::size_t>(count));
}

void Connection::read_answer() {
  if (!to_client_.empty() || ended_ || last_) return;
  const ssize_t count = ::recv(engine_.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && must_wait()) return;
  if (count < 0) return engine_ended(fail_errno(errno, "the engine's connection").error().message);
  if (count == 0) return engine_ended("the engine closed the connection without an answer");
  to_client_ = {buffer_.data(), static_cast<std::size_t>(count)};
  take_status(to_client_);
  send_answer();
}

// One time per request, as soon as there is enough of the first line.
void Connection::take_status(std::string_view bytes) {
  if (status_told_) return;
  status_line_.append(bytes.substr(0, status_end - status_line_.size()));
  if (status_line_.size() < status_end) return;
  const std::string_view line = status_line_;
  const auto status = parse_number<int>(line.substr(status_at));
  const bool known = line.starts_with(http_version) && status;
  owner_.answered(*request_, peer_, known ? *status : 0, known ? "" : "the engine's answer is not HTTP");
  status_told_ = true;
}

void Connection::send_answer() {
  if (ended_) return;
  const ssize_t count = ::send(client_.get(), to_client_.data(), to_client_.size(), MSG_NOSIGNAL);
  if (count < 0 && !must_wait()) return end("the client left before the answer");
  if (count > 0) to_client_.remove_prefix(static_cast<std::size_t>(count));
  if (to_client_.empty()) {
    EventLoop::disarm_timer(**timer_);
    if (last_) end({});
  } else if (count > 0 || request_ || last_) {
    arm(times_.unread);
  }
}

void Connection::engine_ended(std::string_view reason) {
  if (status_line_.empty()) {
    owner_.answered(*request_, peer_, 0, reason);
    status_told_ = true;
    engine_source_.reset();
    engine_.reset();
    refuse({502, std::string(reason)});
  } else {
    end(reason);
  }
}

// Both sides, at once.
void Connection::end(std::string_view reason) {
  if (ended_) return;
  ended_ = true;
  give_up(reason);
}

void Connection::give_up(std::string_view reason) {
  if (request_ && !std::exchange(status_told_, true)) owner_.answered(*request_, peer_, 0, reason);
}

// The last thing in every callback.
void Connection::settle() {
  if (ended_) {
    owner_.ended(*this);
  } else {
    watch();
  }
}

void Connection::watch() {
  std::uint32_t client = to_client_.empty() ? 0 : std::uint32_t{EPOLLOUT};
  // While our own answer is on its way, what the client still sends is left where it is.
  if (!last_) client |= EPOLLIN | EPOLLRDHUP;
  EventLoop::watch_io(**client_source_, client);
  if (!engine_source_) return;
  std::uint32_t engine = to_engine_.empty() ? 0 : std::uint32_t{EPOLLOUT};
  if (to_client_.empty()) engine |= EPOLLIN;
  EventLoop::watch_io(**engine_source_, engine);
}

void Connection::arm(std::chrono::milliseconds time) {
  const std::int64_t now_ns = SystemClock().now().monotonic_ns;
  EventLoop::arm_timer(**timer_, now_ns + time.count() * ns_per_ms);
}

}  // namespace caretaker
