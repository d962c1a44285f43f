// SPDX-License-Identifier: MIT
#include "gate/peer.h"

#include <sys/socket.h>

#include <cerrno>

namespace caretaker {

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail_errno(errno, "SO_PEERCRED");
  }
  return Peer{.uid = credentials.uid, .pid = credentials.pid};
}

}  // namespace caretaker
