// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "docker/engine_error.h"

namespace caretaker {

// An error whose message is "what: said", made fit for one log line: control characters become blanks, bytes
// that are not UTF-8 question marks, and it has at most engine_message_bytes_max.
[[nodiscard]] EngineError engine_error(EngineProblem problem, std::string_view what, std::string_view said,
                                       int http_status = 0);

// What the engine means by a status that is not 2xx and the body that came with it. `one_object`: the request
// was about one object, so that 404 can mean that it is gone.
[[nodiscard]] EngineError status_error(std::string_view what, int http_status, std::string_view body,
                                       bool one_object);

}  // namespace caretaker
