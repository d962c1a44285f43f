// SPDX-License-Identifier: MIT
#include "daemon/http_message.h"

#include <algorithm>

#include "base/text.h"

namespace caretaker {

const std::string& Request::path_value(std::string_view name) const {
  static const std::string none;
  const auto found = path.find(name);
  return found == path.end() ? none : found->second;
}

const std::string* Request::query_value(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return found == query.end() ? nullptr : &found->second;
}

std::vector<std::string> Request::query_values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Reply error_reply(int status, std::string_view code, std::string_view message, std::string_view hint) {
  Reply reply{.status = status, .json = "{\"error\":{\"code\":"};
  append_json_string(reply.json, code);
  reply.json += ",\"message\":";
  append_json_string(reply.json, message);
  reply.json += ",\"hint\":";
  append_json_string(reply.json, hint);
  reply.json += "}}";
  return reply;
}

struct Responder::Pending {
  explicit Pending(std::function<void(Reply)> send_reply) : send(std::move(send_reply)) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() {
    try {
      answer(
          error_reply(500, "internal", "the request was given up without an answer", "see the daemon's log"));
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the connection's client hangs up
    }
  }

  void answer(Reply reply) {
    if (const auto once = std::exchange(send, nullptr)) once(std::move(reply));
  }

  std::function<void(Reply)> send;
};

Responder::Responder(std::function<void(Reply)> send)
    : pending_(std::make_shared<Pending>(std::move(send))) {}

void Responder::answer(Reply reply) const {
  pending_->answer(std::move(reply));
}

}  // namespace caretaker
