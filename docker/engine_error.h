// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace caretaker {

// What a request to the engine can end with, as far as a caller may want to act on it.
enum class EngineProblem : std::uint8_t {
  unreachable,    // no socket, nobody listens, connection lost
  forbidden,      // the socket's permissions, or 403 by a proxy
  timeout,        // silent for longer than the inactivity timeout
  garbage,        // not HTTP, not JSON, cut off, larger than the limit, not the expected shape
  unsupported,    // the engine's API lacks it, is too old or too new; podman's dialect lacks it
  not_allowed,    // not in the allow-list: a defect of ours, nothing was sent
  not_found,      // 404: gone
  in_use,         // 409: a container, an image or a tag still needs it
  prune_running,  // 409: somebody else cleans up at the moment
  refused,        // another 4xx
  failed,         // 5xx; part of the work may be done
  throttled,      // 429 by the gate: nothing was done, asking later helps
  stopped,        // we were asked to stop
};
// "unreachable", "in_use", ... : the words of logs and JSON.
[[nodiscard]] std::string_view to_string(EngineProblem problem);

struct EngineError {
  EngineProblem problem = EngineProblem::failed;
  int http_status = 0;  // 0: no answer
  // A sentence part that names the socket or the request and what the engine said; at most
  // engine_message_bytes_max.
  std::string message;
};

template <class T>
using EngineResult = std::expected<T, EngineError>;

}  // namespace caretaker
