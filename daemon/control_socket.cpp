// SPDX-License-Identifier: MIT
#include "daemon/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace caretaker {
namespace {

constexpr mode_t socket_mode = 0660;
constexpr int backlog = 128;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::size_t size_max = sizeof address.sun_path - 1;
  if (path.empty() || path.size() > size_max) {
    return std::unexpected(Error{ENAMETOOLONG, "control socket " + path + ": the path must have 1 to " +
                                                   std::to_string(size_max) + " bytes"});
  }
  path.copy(address.sun_path, size_max);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<UniqueFd> new_socket(const std::string& what) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail_errno(errno, what);
  return fd;
}

// Removes a socket file that nobody listens on.
Result<> clear_stale(const std::string& path, const sockaddr_un& address, const std::string& what) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) < 0) {
    if (errno == ENOENT) return {};
    return fail_errno(errno, what);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return std::unexpected(Error{EEXIST, what + ": exists and is not a socket; it is left alone"});
  }
  const Result<UniqueFd> probe = new_socket(what);
  if (!probe) return std::unexpected(probe.error());
  if (::connect(probe->get(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return std::unexpected(Error{EADDRINUSE, what + ": another process is already listening"});
  }
  if (errno != ECONNREFUSED) return fail_errno(errno, what);
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(errno, what);
  return {};
}

}  // namespace

Result<ControlSocket> ControlSocket::listen(const std::string& path) {
  const std::string what = "control socket " + path;
  const Result<sockaddr_un> address = address_of(path);
  if (!address) return std::unexpected(address.error());
  if (const Result<> cleared = clear_stale(path, *address, what); !cleared) {
    return std::unexpected(cleared.error());
  }
  Result<UniqueFd> fd = new_socket(what);
  if (!fd) return std::unexpected(fd.error());
  // Before bind(), so that the file never is more open than this; Linux takes the mode from the descriptor.
  if (::fchmod(fd->get(), socket_mode) < 0) return fail_errno(errno, what);
  if (::bind(fd->get(), generic(*address), sizeof *address) < 0) return fail_errno(errno, what);
  ControlSocket socket(path, std::move(*fd));
  if (const Result<> remembered = socket.remember_file(); !remembered) {
    return std::unexpected(remembered.error());
  }
  if (::chmod(path.c_str(), socket_mode) < 0) return fail_errno(errno, what);  // whatever the umask was
  if (::listen(socket.fd_.get(), backlog) < 0) return fail_errno(errno, what);
  return socket;
}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::move(other.fd_)),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

ControlSocket::~ControlSocket() {
  struct stat status{};
  if (inode_ == 0 || ::lstat(path_.c_str(), &status) < 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

Result<> ControlSocket::remember_file() {
  struct stat status{};
  if (::lstat(path_.c_str(), &status) < 0) return fail_errno(errno, "control socket " + path_);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return {};
}

}  // namespace caretaker
