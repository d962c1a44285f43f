// SPDX-License-Identifier: MIT
#include "sql/store_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace caretaker {

Result<StoreLock> StoreLock::acquire(const std::string& store_path) {
  const std::string path = store_path + ".lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!fd.valid()) return fail_errno(errno, "open " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    if (code != EWOULDBLOCK) return fail_errno(code, "lock " + path);
    const auto owner = read_file(path, 64);
    return std::unexpected(Error{
        code, fmt::format("already running (pid {}): {} is locked", owner ? trim(*owner) : "unknown", path)});
  }
  // A disk without room for the number must not stop the daemon: the lock itself holds.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) == 0) static_cast<void>(!::pwrite(fd.get(), pid.data(), pid.size(), 0));
  return StoreLock(std::move(fd));
}

}  // namespace caretaker
