// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <system_error>
#include <utility>

namespace caretaker {

std::unexpected<Error> fail(std::string message) {
  return std::unexpected(Error{.code = 0, .message = std::move(message)});
}

std::unexpected<Error> fail_errno(int code, std::string_view what) {
  return std::unexpected(
      Error{.code = code, .message = std::string(what) + ": " + std::generic_category().message(code)});
}

}  // namespace caretaker
