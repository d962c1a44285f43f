// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caretaker {

// The process at the other end of the control socket (SO_PEERCRED, unix(7)).
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};

// A request that matched a route. All texts are percent-decoded and valid UTF-8 without NUL, except `body`.
struct Request {
  std::map<std::string, std::string, std::less<>> path;    // {name} of the route's path -> value
  std::vector<std::pair<std::string, std::string>> query;  // in order; a name may come again
  std::string body;                                        // empty, or well-formed JSON
  Peer peer;

  // The value of a {name} of the route's path; "" when the route has no such name.
  [[nodiscard]] const std::string& path_value(std::string_view name) const;
  // The first value of a query argument; null without one.
  [[nodiscard]] const std::string* query_value(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> query_values(std::string_view name) const;
};

struct Reply {
  int status = 200;
  std::string json;  // one JSON text
};

// {"error": {"code": ..., "message": ..., "hint": ...}}; `code` is a stable machine word.
[[nodiscard]] Reply error_reply(int status, std::string_view code, std::string_view message,
                                std::string_view hint = {});

// The way back to whoever asked. Copies share one answer: the first one counts, later ones are ignored. When
// the last copy goes unanswered the client gets a 500, so nobody waits for ever. May be kept and answered
// later; all use, and the destruction of the last copy, belongs to the loop's thread. Harmless after the
// client or the server is gone.
class Responder {
 public:
  explicit Responder(std::function<void(Reply)> send);
  void answer(Reply reply) const;

 private:
  struct Pending;
  std::shared_ptr<Pending> pending_;
};

}  // namespace caretaker
