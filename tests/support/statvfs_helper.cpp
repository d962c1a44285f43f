// SPDX-License-Identifier: MIT
// Stands in for the daemon's statvfs helper in tests: `real`, or a way to go wrong.
//   slow FILE   answers nothing until FILE exists
//   die         ends at the first request
//   babble      answers with something that is no answer
//   fds FILE    writes its open descriptors to FILE, then goes on as the real one
#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <string_view>

#include "base/mount_probe.h"

namespace {

constexpr int helper_fd = 3;

// The request stays unread in the socket until the file appears; the end of the other side is still noticed.
int answer_once_exists(const char* file) {
  constexpr int look_again_ms = 1;
  pollfd socket{.fd = helper_fd, .events = POLLRDHUP, .revents = 0};
  while (::access(file, F_OK) != 0) {
    if (::poll(&socket, 1, look_again_ms) != 0) return 0;
  }
  return caretaker::run_statvfs_helper();
}

int answer_once(std::string_view text) {
  std::array<char, 1> byte{};
  if (::recv(helper_fd, byte.data(), byte.size(), 0) > 0)
    ::send(helper_fd, text.data(), text.size(), MSG_NOSIGNAL);
  return 0;
}

void list_fds(const char* file) {
  std::string fds;
  DIR* folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name[0] != '.' && name != std::to_string(::dirfd(folder))) fds += name + " ";
  }
  ::closedir(folder);
  std::ofstream(file) << fds;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  if (mode == "slow" && count > 2) return answer_once_exists(arguments[2]);
  if (mode == "die") return answer_once("");
  if (mode == "babble") return answer_once("what?");
  if (mode == "fds" && count > 2) list_fds(arguments[2]);
  return caretaker::run_statvfs_helper();
}
