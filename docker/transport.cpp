// SPDX-License-Identifier: MIT
#include "docker/transport.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/http_client.h"
#include "base/parse.h"
#include "docker/engine_failure.h"
#include "docker/engine_socket.h"
#include "docker/request_rules.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t error_body_bytes_max = 64U << 10;

// What base64url, with or without padding, is made of: nothing that could end a header line.
bool is_header_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '=' || c == '+' || c == '/';
  });
}

HttpRequest http_request(const EngineRequest& request) {
  HttpRequest http{
      .method = request.method, .target = request.target, .headers = {{"Accept", "application/json"}}};
  if (!request.registry_auth.empty()) http.headers.emplace_back("X-Registry-Auth", request.registry_auth);
  return http;
}

// A body of a status that is not 2xx explains it, and is kept here.
HttpSink http_sink(EngineAnswer& answer, const AnswerSink& sink) {
  return {.head =
              [&](HttpHead head) {
                answer.status = head.status;
                answer.headers = std::move(head.headers);
                if (is_http_success(answer.status) && sink.accepted) sink.accepted();
              },
          .body = [&](std::string_view bytes) -> Result<> {
            if (is_http_success(answer.status)) return sink.take(bytes);
            answer.error_body.append(bytes.substr(0, error_body_bytes_max - answer.error_body.size()));
            return {};
          }};
}

// How the end of an exchange reads for our callers.
EngineError exchange_error(const HttpFailure& failure, const EngineRequest& request,
                           const std::string& socket, int status) {
  const std::string name = request_name(request);
  switch (failure.problem) {
    case HttpProblem::connect: {
      const bool denied = failure.system_error == EACCES || failure.system_error == EPERM;
      return engine_error(denied ? EngineProblem::forbidden : EngineProblem::unreachable, socket,
                          std::generic_category().message(failure.system_error));
    }
    case HttpProblem::full:
      return engine_error(EngineProblem::timeout, socket, failure.reason);
    case HttpProblem::silent:
    case HttpProblem::late:
      return engine_error(EngineProblem::timeout, name,
                          "the engine was silent for " + format_duration(request.inactivity_timeout));
    case HttpProblem::stopped:
      return engine_error(EngineProblem::stopped, name, failure.reason);
    case HttpProblem::failed:
      return engine_error(EngineProblem::failed, name, failure.reason);
    case HttpProblem::refused:
    case HttpProblem::too_large:
      return engine_error(EngineProblem::garbage, name, failure.reason, status);
    case HttpProblem::cut:
      if (!request.endless) break;
      [[fallthrough]];  // what is endless ends so, when the engine is killed
    case HttpProblem::closed:
      return engine_error(EngineProblem::unreachable, name, "the engine closed the connection");
    case HttpProblem::not_http:
    case HttpProblem::garbage:
      break;
  }
  return engine_error(EngineProblem::garbage, name, fmt::format("the answer is broken ({})", failure.reason),
                      status);
}

}  // namespace

std::string request_name(const EngineRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  return (request.method + ' ').append(without_api_version(path));
}

Transport::Transport(std::string socket, std::chrono::milliseconds connect_timeout)
    : socket_(std::move(socket)), connect_timeout_(connect_timeout) {}

EngineResult<EngineAnswer> Transport::send(const EngineRequest& request, const AnswerSink& sink,
                                           const std::stop_token& stop) const {
  const std::string name = request_name(request);
  if (Result<> allowed = check_engine_request(request.method, request.target); !allowed) {
    return std::unexpected(engine_error(EngineProblem::not_allowed, name, allowed.error().message));
  }
  if (!is_header_value(request.registry_auth)) {
    return std::unexpected(
        engine_error(EngineProblem::not_allowed, name, "X-Registry-Auth is not base64url"));
  }
  const std::string socket = engine_socket(socket_).path;
  if (!socket.starts_with('/') || socket.size() > socket_path_bytes_max) {
    const std::string why = fmt::format("is no absolute path of at most {} bytes", socket_path_bytes_max);
    return std::unexpected(engine_error(EngineProblem::unreachable, "socket " + socket, why));
  }
  const HttpLimits limits{.connect = connect_timeout_,
                          .inactivity = request.inactivity_timeout,
                          .endless = request.endless,
                          .body_bytes = request.answer_bytes};
  EngineAnswer answer;
  if (const auto done = http_exchange(socket, http_request(request), limits, http_sink(answer, sink), stop);
      !done) {
    return std::unexpected(exchange_error(done.error(), request, socket, answer.status));
  }
  return answer;
}

}  // namespace caretaker
