// SPDX-License-Identifier: MIT
#include "base/unique_fd.h"

#include <unistd.h>

namespace caretaker {

void UniqueFd::reset(int fd) {
  // Linux frees the descriptor even when close() is interrupted: never retried (close(2)).
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace caretaker
