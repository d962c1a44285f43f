// SPDX-License-Identifier: MIT
#include "gate/engine.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/unix_socket.h"

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
  auto fd = connect_unix_socket(path, SOCK_NONBLOCK);
  if (!fd) return refused(fd.error().code, path);
  return std::move(*fd);
}

}  // namespace caretaker
