// SPDX-License-Identifier: MIT
#include "systemd/activation.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <string>

namespace caretaker {
namespace {

constexpr int forget_environment = 1;
constexpr int must_listen = 1;

}  // namespace

Result<UniqueFd> take_listening_socket() {
  const int count = sd_listen_fds(forget_environment);
  if (count < 0) return fail_errno(-count, "LISTEN_FDS");
  if (count == 0) return fail("no socket was passed: a systemd socket unit starts this program");
  if (count > 1) return fail(std::to_string(count) + " sockets were passed, one is expected");
  UniqueFd fd(SD_LISTEN_FDS_START);
  const int fits = sd_is_socket(fd.get(), AF_UNIX, SOCK_STREAM, must_listen);
  if (fits < 0) return fail_errno(-fits, "the passed socket");
  if (fits == 0) return fail("what was passed is not a listening Unix stream socket");
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    return fail_errno(errno, "the passed socket");
  }
  return fd;
}

}  // namespace caretaker
