// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// A stream connection to the Unix socket at `path`; `flags` are SOCK_NONBLOCK or 0, SOCK_CLOEXEC is always
// set. Errors are those of socket(2) and connect(2), ENAMETOOLONG for a path that no socket can have; their
// text begins with `path`.
[[nodiscard]] Result<UniqueFd> connect_unix_socket(const std::string& path, int flags = 0);

}  // namespace caretaker
