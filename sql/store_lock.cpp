// SPDX-License-Identifier: MIT
#include "sql/store_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker {
namespace {

// A daemon that is killed while it starts a command leaves a child that shares its lock up to exec. Shorter
// than LocalStore::start() waits, so that its caller gets the error.
constexpr std::chrono::milliseconds orphan_time_max{800};
constexpr std::chrono::milliseconds poll_interval{5};

// As written in the file; empty when it cannot be read.
std::string owner_of(const std::string& path) {
  const auto text = read_file(path, 64);
  return text ? std::string(trim(*text)) : "";
}

bool is_dead(const std::string& owner) {
  const auto pid = parse_number<pid_t>(owner);
  return pid && *pid > 0 && ::kill(*pid, 0) != 0 && errno == ESRCH;
}

// 0, or the errno.
int lock(int fd, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + orphan_time_max;
  for (;;) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
    const int code = errno;
    if (code != EWOULDBLOCK || !is_dead(owner_of(path)) || std::chrono::steady_clock::now() > deadline) {
      return code;
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

}  // namespace

Result<StoreLock> StoreLock::acquire(const std::string& store_path) {
  const std::string path = store_path + ".lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!fd.valid()) return fail_errno(errno, "open " + path);
  if (const int code = lock(fd.get(), path); code != 0) {
    if (code != EWOULDBLOCK) return fail_errno(code, "lock " + path);
    const std::string owner = owner_of(path);
    return std::unexpected(Error{code, fmt::format("already running (pid {}): {} is locked",
                                                   owner.empty() ? "unknown" : owner, path)});
  }
  // A disk without room for the number must not stop the daemon: the lock itself holds.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) == 0) static_cast<void>(!::pwrite(fd.get(), pid.data(), pid.size(), 0));
  return StoreLock(std::move(fd));
}

}  // namespace caretaker
