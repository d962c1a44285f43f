// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace caretaker {

// The room of one mounted file system, from statvfs(3). Always size >= free >= available.
struct FilesystemSpace {
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;   // with the blocks that are reserved for root
  std::uint64_t avail_bytes = 0;  // for everyone else
  std::uint64_t files = 0;        // inodes; 0 where the file system has no fixed number (btrfs)
  std::uint64_t files_free = 0;
};

// Calls statvfs(3). On a dead network or FUSE mount the call never returns, and not even SIGKILL ends it:
// such mounts belong to MountProbe. Errors carry errno and name the path.
[[nodiscard]] Result<FilesystemSpace> read_filesystem_space(const std::string& path);

// The shape of the function above, so that tests can put fixed numbers in its place.
using FilesystemSpaceReader = Result<FilesystemSpace> (*)(const std::string& path);

}  // namespace caretaker
