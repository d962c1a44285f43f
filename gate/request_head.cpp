// SPDX-License-Identifier: MIT
#include "gate/request_head.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "docker/request_rules.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view version = "HTTP/1.1";
constexpr std::string_view pull_path = "/images/create";
constexpr std::size_t method_bytes_max = 16;

// Each of them could make another request, or another connection, of what follows.
constexpr std::array<std::string_view, 5> refused_headers = {"transfer-encoding", "upgrade", "expect",
                                                             "trailer", "te"};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
  });
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7F';
}

// With or without padding. Docker's own client writes base64url; the plain alphabet is decoded as well.
bool is_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '=' || c == '+' || c == '/';
  });
}

// The first thing in a byte string that no head may contain, or null.
const char* forbidden_bytes(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (c == '\n') {
      if (at == 0 || bytes[at - 1] != '\r') return "a line ends with LF alone";
    } else if (at > 0 && bytes[at - 1] == '\r') {
      return "a CR without its LF";
    } else if (c != '\r' && c != '\t' && c != ' ' && !is_visible(c)) {
      return "a byte that is not printable ASCII";
    }
  }
  return nullptr;
}

class Head {
 public:
  // What is wrong, or nothing.
  std::optional<Refusal> read(std::string_view text) {
    if (auto refusal = read_request_line(take_line_of(text))) return refusal;
    for (std::size_t lines = 0; !text.empty(); ++lines) {
      if (lines == header_lines_max) return Refusal{431, "more header lines than are read"};
      if (auto refusal = read_header(take_line_of(text))) return refusal;
    }
    if (!has_host_) return Refusal{400, "no Host header"};
    return check();
  }

  std::string method;
  std::string target;
  std::string registry_auth;

 private:
  static std::string_view take_line_of(std::string_view& text) {
    const std::size_t end = text.find(line_end);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + line_end.size());
    return line;
  }

  std::optional<Refusal> read_request_line(std::string_view line) {
    const std::vector<std::string_view> words = split(line, ' ');
    if (words.size() != 3) return Refusal{400, "its first line is not METHOD TARGET HTTP/1.1"};
    if (!is_token(words[0]) || words[0].size() > method_bytes_max) return Refusal{400, "not a method"};
    method = words[0];
    target = words[1];
    if (!target.starts_with('/') || !std::ranges::all_of(target, is_visible)) {
      return Refusal{400, "its target is not a path"};
    }
    if (words[2] != version) return Refusal{400, "not HTTP/1.1"};
    return std::nullopt;
  }

  std::optional<Refusal> read_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return Refusal{400, "a header line that is not NAME: VALUE"};
    }
    const std::string name = lower_ascii(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (name == "host") {
      if (std::exchange(has_host_, true)) return Refusal{400, "two Host headers"};
    } else if (name == "content-length") {
      if (std::exchange(has_length_, true)) return Refusal{400, "two Content-Length headers"};
      if (value != "0") return Refusal{400, "a request with a body"};
    } else if (name == "x-registry-auth") {
      if (std::exchange(has_auth_, true)) return Refusal{400, "two X-Registry-Auth headers"};
      if (value.size() > registry_auth_bytes_max) return Refusal{431, "X-Registry-Auth is too long"};
      if (!is_base64(value)) return Refusal{400, "X-Registry-Auth is not base64url"};
      registry_auth = value;
    } else if (std::ranges::find(refused_headers, name) != refused_headers.end()) {
      return Refusal{400, "the header " + name};
    }
    return std::nullopt;
  }

  // Against the list.
  [[nodiscard]] std::optional<Refusal> check() const {
    if (const Result<> allowed = check_engine_request(method, target); !allowed) {
      return Refusal{403, "not in the list of what may be asked: " + allowed.error().message};
    }
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    const bool pull = method == "POST" && without_api_version(path) == pull_path;
    if (has_auth_ && !pull) return Refusal{403, "X-Registry-Auth with what is not a pull"};
    return std::nullopt;
  }

  bool has_host_ = false;
  bool has_length_ = false;
  bool has_auth_ = false;
};

}  // namespace

HeadOutcome read_request_head(std::string_view received) {
  const std::size_t end = received.find(head_end);
  const bool whole = end != std::string_view::npos;
  const std::string_view head = received.substr(0, end);
  const auto refused = [](Refusal refusal, Head read = {}) {
    return RefusedRequest{std::move(refusal), std::move(read.method), std::move(read.target)};
  };
  // With its end: a CR right before that is one too many.
  if (const char* why = forbidden_bytes(whole ? received.substr(0, end + head_end.size()) : head))
    return refused({400, why});
  if (!whole) {
    if (received.size() < head_bytes_max) return HeadIncomplete{};
    return refused({431, "its head is too long"});
  }
  if (end + head_end.size() > head_bytes_max) return refused({431, "its head is too long"});
  Head read;
  if (auto refusal = read.read(head)) return refused(std::move(*refusal), std::move(read));
  if (received.size() > end + head_end.size()) {
    return refused({400, "bytes behind the request"}, std::move(read));
  }
  return GateRequest{std::move(read.method), std::move(read.target), Secret(std::move(read.registry_auth))};
}

std::string engine_request_text(const GateRequest& request) {
  std::string text = request.method;
  text.append(" ").append(request.target).append(" ").append(version).append(line_end);
  text.append("Host: docker\r\nUser-Agent: caretaker-docker-gate\r\nAccept: application/json\r\n");
  if (!request.registry_auth.empty()) {
    text.append("X-Registry-Auth: ").append(request.registry_auth.reveal()).append(line_end);
  }
  if (request.method == "POST") text.append("Content-Length: 0\r\n");
  return text.append("Connection: close\r\n\r\n");
}

bool is_change(std::string_view method) {
  return method != "GET";
}

}  // namespace caretaker
