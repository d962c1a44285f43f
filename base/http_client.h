// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace caretaker {

inline constexpr std::size_t http_header_bytes_max = 64U << 10;

// One request of HTTP/1.1 (RFC 9112) without a body. `Host: localhost` is sent with it, and a length of 0
// with a POST.
struct HttpRequest {
  std::string method;
  std::string target;  // path and query, percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
};

// What an exchange may take. 0: no such limit.
struct HttpLimits {
  std::chrono::milliseconds connect{};     // while the server's queue of connections is full
  std::chrono::milliseconds inactivity{};  // from byte to byte; the time that the sink takes does not count
  std::chrono::milliseconds total{};
  bool endless = false;  // the body comes as it happens: no limit of inactivity once the header is there
  std::size_t body_bytes = 0;  // of any status
};

struct HttpHead {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower case names; of equal ones the last
};

// Takes an answer while it arrives.
struct HttpSink {
  std::function<void(HttpHead head)> head;               // of the final answer
  std::function<Result<>(std::string_view bytes)> body;  // an error ends the exchange
};

// 2xx.
[[nodiscard]] constexpr bool is_http_success(int status) {
  return status >= 200 && status <= 299;
}

enum class HttpProblem {
  connect,    // see system_error
  full,       // nobody accepted the connection in time
  silent,     // no byte within `inactivity`
  late,       // no whole answer within `total`
  closed,     // before the header was there
  cut,        // in the middle of the body
  not_http,   // what came is no header of HTTP
  garbage,    // a header that is too large, a body that is not framed as HTTP says
  too_large,  // more than body_bytes
  refused,    // by the sink, whose words are the reason
  stopped,
  failed,  // nothing was sent; see system_error, or the reason
};

struct HttpFailure {
  HttpProblem problem = HttpProblem::failed;
  int system_error = 0;
  std::string reason;  // never a part of the request or of the answer
};

// Sends the request over a new connection to the Unix socket at `socket`, once, and blocks until the answer
// has come as a whole. `stop` ends it within milliseconds. Reads answers with a length, in chunks, and up to
// the end of the connection; follows no redirects. For any thread.
[[nodiscard]] std::expected<void, HttpFailure> http_exchange(const std::string& socket,
                                                             const HttpRequest& request,
                                                             const HttpLimits& limits, const HttpSink& sink,
                                                             const std::stop_token& stop = {});

}  // namespace caretaker
