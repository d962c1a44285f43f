// SPDX-License-Identifier: MIT
#include "daemon/http_exchange.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "daemon/http_target.h"

namespace caretaker {
namespace {

constexpr std::string_view reference_hint = "docs/api.md lists every path";

}  // namespace

bool may_change(uid_t peer, uid_t daemon) {
  return peer == 0 || peer == daemon;
}

Exchange::Exchange(std::string target, std::span<const Route> routes, uid_t daemon_uid,
                   std::function<void()> on_late_reply)
    : target_(std::move(target)),
      routes_(routes),
      daemon_uid_(daemon_uid),
      on_late_reply_(std::move(on_late_reply)) {}

void Exchange::head(const RequestHead& head) {
  has_head_ = true;
  request_.peer = head.peer;
  reply_ = refuse(head);
  if (!reply_) request_.body.reserve(head.content_length.value_or(0));
}

void Exchange::body(std::string_view part) {
  if (!reply_) request_.body += part;
}

void Exchange::end() {
  if (reply_ || ended_) return;
  if (!request_.body.empty() && !nlohmann::json::accept(request_.body)) {
    reply_ = error_reply(400, "bad_json", "the body is not well-formed JSON");
    return;
  }
  call_handler();
  ended_ = true;
}

void Exchange::answer(Reply reply) {
  if (reply_) return;
  reply_ = std::move(reply);
  if (ended_) on_late_reply_();
}

std::optional<Reply> Exchange::refuse(const RequestHead& head) {
  Result<RequestTarget> target = parse_target(target_);
  if (!target) return error_reply(400, "bad_request", "request target: " + target.error().message);
  RouteMatch match = find_route(routes_, head.method, target->segments);
  if (match.route == nullptr) {
    if (match.allow.empty()) return error_reply(404, "not_found", "no such path", reference_hint);
    allow_ = std::move(match.allow);
    return error_reply(405, "method_not_allowed", "this path does not have that method", "it has " + allow_);
  }
  if (match.route->changes && !may_change(head.peer.uid, daemon_uid_)) {
    return error_reply(403, "forbidden", "user " + std::to_string(head.peer.uid) + " may only read",
                       "run the command as root or as the daemon's own user");
  }
  route_ = match.route;
  request_.path = std::move(match.path);
  request_.query = std::move(target->query);
  if (std::optional<Reply> refused = refuse_query()) return refused;
  if (head.chunked) {
    return error_reply(411, "length_required", "a body needs a Content-Length", "send it without chunks");
  }
  if (head.content_length.value_or(0) > body_bytes_max) {
    return error_reply(413, "body_too_large",
                       "a body has at most " + std::to_string(body_bytes_max) + " bytes");
  }
  return std::nullopt;
}

std::optional<Reply> Exchange::refuse_query() const {
  std::vector<std::string_view> known;
  for (const QueryParameter& parameter : route_->query) known.push_back(parameter.name);
  for (const auto& [name, value] : request_.query) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::optional<std::string_view> nearest = nearest_word(name, known);
    return error_reply(
        400, "bad_query", "unknown query argument '" + name + "'",
        nearest ? "did you mean '" + std::string(*nearest) + "'?" : std::string(reference_hint));
  }
  return std::nullopt;
}

void Exchange::call_handler() {
  const Responder responder([weak = weak_from_this()](Reply reply) {
    if (const std::shared_ptr<Exchange> exchange = weak.lock()) exchange->answer(std::move(reply));
  });
  try {
    route_->handler(request_, responder);
  } catch (const std::exception& error) {
    responder.answer(error_reply(500, "internal", error.what(), "this is a bug; please report it"));
  } catch (...) {
    responder.answer(error_reply(500, "internal", "unknown exception", "this is a bug; please report it"));
  }
}

}  // namespace caretaker
