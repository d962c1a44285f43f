// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace caretaker {

// A recoverable error. `code` is the errno captured at the failing call, or 0; `message` is a whole sentence
// part that names the place ("open /proc/stat: Permission denied") and never contains a secret.
struct Error {
  int code = 0;
  std::string message;
};

template <class T = void>
using Result = std::expected<T, Error>;

// The failing value of any Result, without an errno.
[[nodiscard]] std::unexpected<Error> fail(std::string message);

// The failing value of any Result from errno `code`: the message becomes "what: strerror(code)".
[[nodiscard]] std::unexpected<Error> fail_errno(int code, std::string_view what);

}  // namespace caretaker
