// SPDX-License-Identifier: MIT
#include "docker/engine_failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/cleanup_record.h"
#include "base/text.h"
#include "docker/json_answers.h"

namespace caretaker {
namespace {

constexpr int bad_request = 400;
constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr int conflict = 409;
constexpr int too_many_requests = 429;
constexpr int not_implemented = 501;
constexpr int bad_gateway = 502;
constexpr int unavailable = 503;

std::string one_line(std::string text) {
  constexpr std::string_view cut_mark = "...";
  const bool utf8 = is_valid_utf8(text);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
    if (byte >= 0x80 && !utf8) c = '?';
  }
  if (text.size() > engine_message_bytes_max) {
    text.resize(cut_text(text, engine_message_bytes_max - cut_mark.size()).size());
    text += cut_mark;
  }
  return std::string(trim(text));
}

bool says(std::string_view message, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return message.find(word) != std::string_view::npos; });
}

// The texts are as old as the engines that we speak to; tests/docker has them all.
EngineProblem problem_of(int status, const ErrorBody& body, bool one_object) {
  const std::string_view message = body.message;
  switch (status) {
    case bad_request:
      return says(message, {"Minimum supported API version", "Maximum supported API version"})
                 ? EngineProblem::unsupported
                 : EngineProblem::refused;
    case forbidden:
      if (says(message, {"active endpoints"})) return EngineProblem::in_use;
      return says(message, {"pre-defined network"}) ? EngineProblem::refused : EngineProblem::forbidden;
    case not_found:
      // A route that is not there is not an object that is gone; neither is a proxy's page.
      return one_object && body.from_engine && !says(message, {"page not found"})
                 ? EngineProblem::not_found
                 : EngineProblem::unsupported;
    case conflict:
      return says(message, {"prune operation is already running"}) ? EngineProblem::prune_running
                                                                   : EngineProblem::in_use;
    case too_many_requests:
      return EngineProblem::throttled;
    case not_implemented:
      return EngineProblem::unsupported;
    case bad_gateway:  // of the gate, when it cannot connect to the engine
      return EngineProblem::unreachable;
    case unavailable:
      return says(message, {"not a swarm manager"}) ? EngineProblem::unsupported : EngineProblem::failed;
    default:
      break;
  }
  if (status >= 500) {
    // Podman's conflicts.
    return says(message,
                {"network is being used", "cannot be removed without force", "with more than one tag"})
               ? EngineProblem::in_use
               : EngineProblem::failed;
  }
  return status >= 400 ? EngineProblem::refused : EngineProblem::garbage;
}

}  // namespace

EngineError engine_error(EngineProblem problem, std::string_view what, std::string_view said,
                         int http_status) {
  return {
      .problem = problem, .http_status = http_status, .message = one_line(fmt::format("{}: {}", what, said))};
}

EngineError status_error(std::string_view what, int http_status, std::string_view body, bool one_object) {
  const ErrorBody error = parse_error_body(body);
  const std::string said = fmt::format("{} (HTTP {})", error.message, http_status);
  return engine_error(problem_of(http_status, error, one_object), what,
                      error.message.empty() ? std::string_view(said).substr(1) : said, http_status);
}

}  // namespace caretaker
