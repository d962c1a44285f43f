// SPDX-License-Identifier: MIT
#include "support/fake_engine_http.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/parse.h"
#include "base/text.h"

namespace caretaker::fake {
namespace {

constexpr std::size_t head_bytes_max = 256U << 10;
constexpr std::size_t body_bytes_max = 16U << 20;
constexpr std::size_t plain_body_bytes_max = 2048;  // of Go's net/http
constexpr std::size_t chunk_bytes = 16U << 10;

std::string_view reason(int status) {
  static const std::map<int, std::string_view> reasons = {
      {200, "OK"},
      {201, "Created"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
  };
  const auto found = reasons.find(status);
  return found == reasons.end() ? "Status" : found->second;
}

std::optional<ApiVersion> parse_api(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() < 2) return std::nullopt;
  const auto major = parse_number<int>(parts[0]);
  const auto minor = parse_number<int>(parts[1]);
  if (!major || !minor) return std::nullopt;
  return ApiVersion{*major, *minor};
}

void take_version(HttpRequest& request) {
  const std::string& path = request.path;
  if (!path.starts_with("/v") || path.size() < 3 || path[2] < '0' || path[2] > '9') return;
  const std::size_t slash = path.find('/', 1);
  if (slash == std::string::npos) return;
  request.version_text = path.substr(2, slash - 2);
  request.api = parse_api(request.version_text);
  if (request.api) request.path = path.substr(slash);
}

void parse_target(HttpRequest& request) {
  const std::size_t question = request.target.find('?');
  request.path = percent_decode(std::string_view(request.target).substr(0, question), false);
  take_version(request);
  if (question == std::string::npos) return;
  const std::string_view query = std::string_view(request.target).substr(question + 1);
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    request.query.emplace_back(percent_decode(part.substr(0, equals), true),
                               percent_decode(part.substr(std::min(equals + 1, part.size())), true));
  }
}

bool parse_head(std::string_view head, HttpRequest& request) {
  const std::vector<std::string_view> words = split(trim(take_line(head)), ' ');
  if (words.size() != 3 || !words[2].starts_with("HTTP/1.") || !words[1].starts_with('/')) return false;
  request.method = words[0];
  request.target = words[1];
  request.keep_alive = words[2] == "HTTP/1.1";
  while (!head.empty()) {
    const std::string_view line = trim(take_line(head));
    const std::size_t colon = line.find(':');
    if (line.empty()) continue;
    if (colon == std::string_view::npos) return false;
    request.headers[lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 1));
  }
  const auto connection = request.headers.find("connection");
  if (connection != request.headers.end() && lower_ascii(connection->second) == "close") {
    request.keep_alive = false;
  }
  parse_target(request);
  return true;
}

std::string hex(std::size_t number) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return {digits.data(), end};
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const bool encoded =
        text[i] == '%' && i + 2 < text.size() + 0U &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3;
    if (encoded) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string HttpRequest::argument(std::string_view key) const {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return {};
}

bool HttpRequest::has(std::string_view key) const {
  return std::ranges::any_of(query, [&](const auto& entry) { return entry.first == key; });
}

bool HttpRequest::flag(std::string_view key) const {
  const std::string value = lower_ascii(argument(key));
  return !value.empty() && value != "0" && value != "no" && value != "false" && value != "none";
}

bool HttpConnection::receive() {
  std::array<char, 16384> bytes{};
  for (;;) {
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }
}

std::optional<HttpRequest> HttpConnection::read() {
  constexpr std::string_view head_end = "\r\n\r\n";
  std::size_t end = 0;
  while ((end = buffer_.find(head_end)) == std::string::npos) {
    if (buffer_.size() > head_bytes_max || !receive()) return std::nullopt;
  }
  HttpRequest request;
  if (!parse_head(std::string_view(buffer_).substr(0, end), request)) return std::nullopt;
  buffer_.erase(0, end + head_end.size());
  if (!take_body(request)) return std::nullopt;
  return request;
}

bool HttpConnection::take_body(HttpRequest& request) {
  if (request.headers.contains("transfer-encoding")) return false;
  const auto header = request.headers.find("content-length");
  if (header == request.headers.end()) return true;
  const auto size = parse_number<std::size_t>(header->second);
  if (!size || *size > body_bytes_max) return false;
  while (buffer_.size() < *size) {
    if (!receive()) return false;
  }
  request.body = buffer_.substr(0, *size);
  buffer_.erase(0, *size);
  return true;
}

bool HttpConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool HttpConnection::wait(std::chrono::milliseconds duration) const {
  pollfd poll_fd{.fd = fd_, .events = POLLRDHUP, .revents = 0};
  const int ready = ::poll(&poll_fd, 1, static_cast<int>(duration.count()));
  return ready == 0 || (ready < 0 && errno == EINTR);
}

void HttpConnection::wait_for_end() const {
  while (wait(std::chrono::hours(1))) {
  }
}

AnswerWriter AnswerWriter::to_nobody(const HttpConnection& connection) {
  AnswerWriter writer(connection, {});
  writer.body_ = false;
  return writer;
}

bool AnswerWriter::begin(int status, const std::map<std::string, std::string>& headers,
                         std::optional<std::size_t> size, bool body) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + ' ';
  head.append(reason(status)).append("\r\n");
  for (const auto& [name, value] : headers) head.append(name).append(": ").append(value).append("\r\n");
  if (size && status != 204) head.append("Content-Length: ").append(std::to_string(*size)).append("\r\n");
  if (!size) head.append("Transfer-Encoding: chunked\r\n");
  head.append("\r\n");
  chunked_ = !size;
  body_ = body;
  open_ = connection_.send(head);
  return open_;
}

bool AnswerWriter::write(std::string_view bytes) {
  if (!open_ || !body_ || bytes.empty()) return open_;
  if (delivery_.pause) return drip(bytes);
  const std::size_t sent = std::min(bytes.size(), delivery_.cut_after.value_or(bytes.size()));
  if (delivery_.cut_after) *delivery_.cut_after -= sent;
  open_ = send_body(bytes, sent) && sent == bytes.size();
  return open_;
}

// Announces all of `bytes` and sends the first `sent_bytes` of them.
bool AnswerWriter::send_body(std::string_view bytes, std::size_t sent_bytes) {
  if (!chunked_) return connection_.send(bytes.substr(0, sent_bytes));
  std::string framed;
  for (std::size_t begin = 0; begin < bytes.size(); begin += chunk_bytes) {
    const std::string_view chunk = bytes.substr(begin, chunk_bytes);
    framed.append(hex(chunk.size())).append("\r\n");
    if (begin + chunk.size() > sent_bytes) {
      framed.append(chunk.substr(0, sent_bytes - begin));
      break;
    }
    framed.append(chunk).append("\r\n");
  }
  return connection_.send(framed);
}

bool AnswerWriter::drip(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size() && open_; ++i) {
    open_ = connection_.wait(*delivery_.pause) && send_body(bytes.substr(i, 1), 1);
  }
  return open_;
}

bool AnswerWriter::end() {
  if (delivery_.cut_after) open_ = false;  // also where the answer was shorter
  if (open_ && chunked_ && body_) open_ = connection_.send("0\r\n\r\n");
  return open_;
}

bool send_answer(const HttpConnection& connection, const HttpRequest& request, const Answer& answer,
                 const Delivery& delivery) {
  std::map<std::string, std::string> headers = answer.headers;
  if (answer.status != 204) headers["Content-Type"] = answer.content_type;
  if (!request.keep_alive) headers["Connection"] = "close";
  AnswerWriter writer(connection, delivery);
  const bool body = request.method != "HEAD" && answer.status != 204;
  const bool chunked = answer.stream || answer.body.size() > plain_body_bytes_max;
  if (!writer.begin(answer.status, headers, chunked ? std::nullopt : std::optional(answer.body.size()),
                    body)) {
    return false;
  }
  if (answer.stream && body) {
    answer.stream(writer);
  } else {
    writer.write(answer.body);
  }
  return writer.end() && request.keep_alive;
}

}  // namespace caretaker::fake
