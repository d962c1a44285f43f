// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/http_message.h"
#include "daemon/http_route.h"

namespace caretaker {

inline constexpr std::size_t body_bytes_max = 1U << 20;

// What the header of a request says beyond its target.
struct RequestHead {
  std::string_view method;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  Peer peer;
};

// Whether the peer may use routes that change things.
[[nodiscard]] bool may_change(uid_t peer, uid_t daemon);

// One request and its answer, from the request line to the reply: checks it in the order target, route,
// permission, query, size, collects the body, calls the handler. Knows nothing of sockets. Loop's thread
// only; owned by the control server; a Responder only refers to it weakly.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // `on_late_reply` is called when the reply comes after end() returned without one.
  Exchange(std::string target, std::span<const Route> routes, uid_t daemon_uid,
           std::function<void()> on_late_reply);

  // The steps, in this order. A reply() may be there after any of them; then the rest is left out.
  void head(const RequestHead& head);
  void body(std::string_view part);
  void end();

  // Gives the reply unless there is one. Called by handlers through their Responder, and by a stopping
  // server.
  void answer(Reply reply);

  [[nodiscard]] const Reply* reply() const { return reply_ ? &*reply_ : nullptr; }
  [[nodiscard]] const std::string& allow() const { return allow_; }  // of a 405
  [[nodiscard]] bool has_head() const { return has_head_; }
  [[nodiscard]] bool waiting() const { return ended_ && !reply_; }

 private:
  std::optional<Reply> refuse(const RequestHead& head);
  std::optional<Reply> refuse_query() const;
  void call_handler();

  std::string target_;
  std::span<const Route> routes_;
  uid_t daemon_uid_;
  std::function<void()> on_late_reply_;
  const Route* route_ = nullptr;
  Request request_;
  std::string allow_;
  std::optional<Reply> reply_;
  bool has_head_ = false;
  bool ended_ = false;
};

}  // namespace caretaker
