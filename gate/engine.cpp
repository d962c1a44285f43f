// SPDX-License-Identifier: MIT
#include "gate/engine.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

#include "base/result.h"

namespace caretaker {
namespace {

std::unexpected<Refusal> refused(int code, const std::string& path) {
  const std::string what = fail_errno(code, "the engine's socket " + path).error().message;
  if (code == EACCES || code == EPERM) {
    return std::unexpected(Refusal{403, what + " (`caretakerctl setup docker` gives the gate its group)"});
  }
  if (code == EAGAIN) return std::unexpected(Refusal{502, what + " (its queue is full)"});
  return std::unexpected(Refusal{502, what});
}

}  // namespace

std::expected<UniqueFd, Refusal> connect_engine(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return refused(ENAMETOOLONG, path);
  path.copy(address.sun_path, path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return refused(errno, path);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return refused(errno, path);
  }
  return fd;
}

}  // namespace caretaker
