// SPDX-License-Identifier: MIT
#include "base/filesystem_space.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace caretaker {
namespace {

std::uint64_t multiply_saturating(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}

}  // namespace

Result<FilesystemSpace> read_filesystem_space(const std::string& path) {
  struct statvfs stats{};
  if (::statvfs(path.c_str(), &stats) != 0) return fail_errno(errno, "statvfs " + path);
  const std::uint64_t block_bytes = stats.f_frsize != 0 ? stats.f_frsize : stats.f_bsize;
  const std::uint64_t free = std::min<std::uint64_t>(stats.f_bfree, stats.f_blocks);
  // A full file system with reserved blocks may report a negative number here, which reads as a huge one.
  const std::uint64_t available = stats.f_bavail > free ? 0 : stats.f_bavail;
  return FilesystemSpace{.size_bytes = multiply_saturating(stats.f_blocks, block_bytes),
                         .free_bytes = multiply_saturating(free, block_bytes),
                         .avail_bytes = multiply_saturating(available, block_bytes),
                         .files = stats.f_files,
                         .files_free = std::min<std::uint64_t>(stats.f_ffree, stats.f_files)};
}

}  // namespace caretaker
