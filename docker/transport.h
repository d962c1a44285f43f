// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "docker/engine_error.h"

namespace caretaker {

// One request to the engine, without a body.
struct EngineRequest {
  std::string method;
  std::string target;         // path and query, percent-encoded
  std::string registry_auth;  // value of X-Registry-Auth, or empty; never part of a message
  std::chrono::milliseconds inactivity_timeout{};  // from byte to byte
  bool endless = false;          // the body comes as it happens: no such timeout once the header is there
  std::size_t answer_bytes = 0;  // limit of the body; 0: none
};

// "GET /images/json": without API version and query, for messages.
[[nodiscard]] std::string request_name(const EngineRequest& request);

struct EngineAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower case names
  std::string error_body;                      // of a status that is not 2xx, its first bytes
};

// Takes the body of a 2xx answer while it arrives.
struct AnswerSink {
  std::function<void()> accepted;  // may be empty: the header has come
  std::function<Result<>(std::string_view bytes)> take;
};

// HTTP/1.1 over a Unix socket, one connection per request: a connection that is kept may be dead, and then
// nobody knows whether a deletion has arrived. Refuses what is not in docker/request_rules.h. For any thread.
class Transport {
 public:
  // `socket`: a path, or empty for what engine_socket() says at each request.
  Transport(std::string socket, std::chrono::milliseconds connect_timeout);

  // Blocks until the answer has come as a whole, whatever its status; an error is one of the way there.
  [[nodiscard]] EngineResult<EngineAnswer> send(const EngineRequest& request, const AnswerSink& sink,
                                                const std::stop_token& stop) const;

 private:
  std::string socket_;
  std::chrono::milliseconds connect_timeout_;
};

}  // namespace caretaker
