// SPDX-License-Identifier: MIT
#include "ctl/client.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/http_client.h"
#include "base/parse.h"
#include "ctl/answers.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t answer_bytes_max = 64U << 20;
constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

Client::Client(std::string socket, std::chrono::milliseconds timeout)
    : socket_(std::move(socket)), timeout_(timeout) {}

Answer<std::string> Client::get(const std::string& target) const {
  return send("GET", target);
}

Answer<std::string> Client::post(const std::string& target) const {
  return send("POST", target);
}

Answer<std::string> Client::send(const char* method, const std::string& target) const {
  if (socket_.empty() || socket_.size() > socket_path_bytes_max) {
    return std::unexpected(Failure{.exit = ExitCode::usage,
                                   .code = "socket_path",
                                   .message = fmt::format("the socket's path must have 1 to {} bytes, not {}",
                                                          socket_path_bytes_max, socket_.size())});
  }
  int status = 0;
  std::string body;
  const HttpSink sink{.head = [&](const HttpHead& head) { status = head.status; },
                      .body = [&](std::string_view bytes) -> Result<> {
                        body.append(bytes);
                        return {};
                      }};
  const HttpLimits limits{.total = timeout_, .body_bytes = answer_bytes_max};
  const HttpRequest request{.method = method, .target = target, .headers = {{"Accept", "*/*"}}};
  if (const auto done = http_exchange(socket_, request, limits, sink); !done) {
    return std::unexpected(exchange_failure(done.error()));
  }
  if (!is_http_success(status)) {
    return std::unexpected(parse_failure(status, body));
  }
  if (Answer<> object = check_json_object(body); !object) {
    return std::unexpected(std::move(object.error()));
  }
  return body;
}

Failure Client::exchange_failure(const HttpFailure& failure) const {
  switch (failure.problem) {
    case HttpProblem::connect:
      return connect_failure(failure.system_error);
    case HttpProblem::too_large:
      return {.code = "answer_too_large",
              .message = fmt::format("the daemon's answer is larger than {}",
                                     caretaker::format_bytes(answer_bytes_max)),
              .hint = "ask for less with --limit or a narrower pattern"};
    case HttpProblem::full:
    case HttpProblem::silent:
    case HttpProblem::late:
      return {.exit = ExitCode::timeout,
              .code = "timeout",
              .message = fmt::format("the daemon at {} gave no answer within {}", socket_,
                                     format_duration(timeout_)),
              .hint = "wait longer with --timeout"};
    case HttpProblem::not_http:
      return {.code = "bad_answer",
              .message = fmt::format("what listens at {} does not speak HTTP", socket_)};
    default:
      return {.code = "bad_answer",
              .message = fmt::format("the daemon's answer broke off ({})", failure.reason)};
  }
}

Failure Client::connect_failure(int system_error) const {
  if (system_error == EACCES || system_error == EPERM) {
    return {.exit = ExitCode::not_permitted,
            .code = "not_permitted",
            .message = fmt::format("this user may not connect to {}", socket_),
            .hint = "run as root or join the group caretaker"};
  }
  std::string reason = fmt::format("{}: {}", socket_, std::strerror(system_error));
  if (system_error == ENOENT) reason = fmt::format("no socket at {}", socket_);
  if (system_error == ECONNREFUSED) reason = fmt::format("{} is left over, nobody listens", socket_);
  return {.exit = ExitCode::no_daemon,
          .code = "no_daemon",
          .message = fmt::format("no daemon is running ({})", reason),
          .hint = "start it with: systemctl start caretaker"};
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view unreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (is_alphanumeric || unreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace caretaker::ctl
