// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docker/engine_objects.h"

// HTTP/1.1 as far as a container engine speaks it, one connection at a time.
namespace caretaker::fake {

struct HttpRequest {
  std::string method;
  std::string target;  // as sent
  std::string path;    // percent-decoded, behind the version: "/images/json"
  std::string version_text;
  std::optional<ApiVersion> api;  // of "/v1.41/..."; its major and minor only
  std::vector<std::pair<std::string, std::string>> query;
  std::map<std::string, std::string> headers;  // lower case names
  std::string body;
  bool keep_alive = true;

  // The first value of `key`, or "".
  [[nodiscard]] std::string argument(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  // As Docker reads a flag: anything but "", 0, no, false and none.
  [[nodiscard]] bool flag(std::string_view key) const;
};

// A connected socket that somebody else owns and may shut down at any time.
class HttpConnection {
 public:
  explicit HttpConnection(int fd) : fd_(fd) {}

  // The next request; nothing when the peer is gone or does not speak HTTP.
  [[nodiscard]] std::optional<HttpRequest> read();
  [[nodiscard]] bool send(std::string_view bytes) const;
  // Returns false as soon as either side has ended the connection.
  [[nodiscard]] bool wait(std::chrono::milliseconds duration) const;
  void wait_for_end() const;

 private:
  [[nodiscard]] bool receive();
  [[nodiscard]] bool take_body(HttpRequest& request);

  int fd_;
  std::string buffer_;
};

// How the body of an answer goes wrong.
struct Delivery {
  std::optional<std::size_t> cut_after;  // bytes of the body
  std::optional<std::chrono::milliseconds> pause;
};

// Sends one answer: begin, write any number of times, end. Each is false when the connection is over, also
// because `delivery` wanted it.
class AnswerWriter {
 public:
  AnswerWriter(const HttpConnection& connection, Delivery delivery)
      : connection_(connection), delivery_(delivery) {}
  // Takes everything and sends nothing.
  [[nodiscard]] static AnswerWriter to_nobody(const HttpConnection& connection);

  // Without `size` the body is sent in chunks. `body` is false for HEAD and 204.
  bool begin(int status, const std::map<std::string, std::string>& headers, std::optional<std::size_t> size,
             bool body);
  bool write(std::string_view bytes);
  bool end();
  // See HttpConnection::wait.
  [[nodiscard]] bool wait(std::chrono::milliseconds duration) const { return connection_.wait(duration); }

 private:
  bool send_body(std::string_view bytes, std::size_t sent_bytes);
  bool drip(std::string_view bytes);

  const HttpConnection& connection_;
  Delivery delivery_;
  bool chunked_ = false;
  bool body_ = true;
  bool open_ = true;
};

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers;
  // In place of `body`: writes a body of unknown length, in chunks.
  std::function<void(AnswerWriter&)> stream;
};

// Like Go's server: short bodies with their length, others in chunks. False: the connection is over.
bool send_answer(const HttpConnection& connection, const HttpRequest& request, const Answer& answer,
                 const Delivery& delivery);

[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_blank);

}  // namespace caretaker::fake
