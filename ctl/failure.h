// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "ctl/exit_codes.h"

namespace caretaker::ctl {

// Why a command did not succeed: the API's error object, or the client's own in the same shape.
struct Failure {
  ExitCode exit = ExitCode::failed;
  std::string code;                   // stable machine word: no_daemon, not_found, config_invalid, ...
  std::string message;                // what is wrong
  std::string hint;                   // what to do about it; may be empty
  std::vector<std::string> problems;  // FILE:LINE: ... of an invalid configuration
};

template <class T = void>
using Answer = std::expected<T, Failure>;

// "message; hint", one line without control characters.
[[nodiscard]] std::string failure_line(const Failure& failure);

// {"error":{"code","message","hint"}} as in the API, with "problems" when there are any.
[[nodiscard]] std::string failure_json(const Failure& failure);

}  // namespace caretaker::ctl
