// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace caretaker {

// Who connected: SO_PEERCRED, unix(7).
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};

[[nodiscard]] Result<Peer> peer_of(int socket);

}  // namespace caretaker
