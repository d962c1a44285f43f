// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "ctl/failure.h"

namespace caretaker::ctl {

// One command's way to the daemon: HTTP/1.1 over its Unix socket, one connection per request, so that no
// request is ever sent twice. Used by one thread.
class Client {
 public:
  // `timeout` is the limit from connecting to the last byte of each answer.
  Client(std::string socket, std::chrono::milliseconds timeout);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // The body of a 2xx answer: one JSON object. `target` is path and query, see url_encode.
  [[nodiscard]] Answer<std::string> get(const std::string& target);
  [[nodiscard]] Answer<std::string> post(const std::string& target);

  // For the requests from now on.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }

 private:
  enum class Method : bool { get, post };
  struct Response;
  struct Transfer;

  Answer<std::string> send(Method method, const std::string& target);
  Answer<Response> perform(Method method, const std::string& target);
  [[nodiscard]] Failure transfer_failure(const Transfer& transfer, int curl_code, long system_error) const;
  [[nodiscard]] Failure connect_failure(long system_error) const;

  std::string socket_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<void, void (*)(void*)> curl_;  // a CURL easy handle
};

// `text` as one path segment or query value (RFC 3986).
[[nodiscard]] std::string url_encode(std::string_view text);

}  // namespace caretaker::ctl
