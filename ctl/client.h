// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/http_client.h"
#include "ctl/failure.h"

namespace caretaker::ctl {

// One command's way to the daemon: HTTP/1.1 over its Unix socket, one connection per request, so that no
// request is ever sent twice. Used by one thread.
class Client {
 public:
  // `timeout` is the limit from connecting to the last byte of each answer.
  Client(std::string socket, std::chrono::milliseconds timeout);

  // The body of a 2xx answer: one JSON object. `target` is path and query, see url_encode.
  [[nodiscard]] Answer<std::string> get(const std::string& target) const;
  [[nodiscard]] Answer<std::string> post(const std::string& target) const;

  // For the requests from now on.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }

 private:
  [[nodiscard]] Answer<std::string> send(const char* method, const std::string& target) const;
  [[nodiscard]] Failure exchange_failure(const HttpFailure& failure) const;
  [[nodiscard]] Failure connect_failure(int system_error) const;

  std::string socket_;
  std::chrono::milliseconds timeout_;
};

// `text` as one path segment or query value (RFC 3986).
[[nodiscard]] std::string url_encode(std::string_view text);

}  // namespace caretaker::ctl
