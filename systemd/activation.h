// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// The one listening Unix stream socket that the service manager passed (sd_listen_fds(3), Accept=no), made
// non-blocking. Once per process: the environment variables are taken away. Errors: none was passed, several
// were, or another kind of descriptor.
[[nodiscard]] Result<UniqueFd> take_listening_socket();

}  // namespace caretaker
