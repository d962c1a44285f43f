// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.h"
#include "gate/refusal.h"

namespace caretaker {

inline constexpr std::size_t head_bytes_max = 16U << 10;
inline constexpr std::size_t header_lines_max = 64;
inline constexpr std::size_t registry_auth_bytes_max = 8U << 10;

// A request that is in the list of docker/request_rules.h.
struct GateRequest {
  std::string method;
  std::string target;    // path and query
  Secret registry_auth;  // of a pull, or empty
};

// What was asked for, as far as it could be read, and why it does not go on.
struct RefusedRequest {
  Refusal refusal;
  std::string method;
  std::string target;
};

struct HeadIncomplete {};

using HeadOutcome = std::variant<HeadIncomplete, GateRequest, RefusedRequest>;

// Judges all bytes that a client has sent so far: the head of one HTTP/1.1 request without a body, nothing
// behind it. Stricter than RFC 9112 asks of a server: no bare LF, no folded lines, no absolute target, no
// HTTP/1.0, no bytes outside of ASCII. Pure; never lets anything through that check_engine_request() refuses.
[[nodiscard]] HeadOutcome read_request_head(std::string_view received);

// What the engine is sent instead of the client's own bytes.
[[nodiscard]] std::string engine_request_text(const GateRequest& request);

[[nodiscard]] bool is_change(std::string_view method);

}  // namespace caretaker
