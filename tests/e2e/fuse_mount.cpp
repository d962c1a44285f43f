// SPDX-License-Identifier: MIT
#include "e2e/fuse_mount.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/eventually.h"

namespace caretaker {

std::string FuseMount::hindrance() {
  if (::geteuid() != 0) return "mounting needs root";
  if (::access("/dev/fuse", R_OK | W_OK) != 0) return "there is no /dev/fuse";
  return "";
}

FuseMount::FuseMount() {
  std::filesystem::create_directory(mount_point());
  const std::string program = CARETAKER_BINARY_DIR "/fuse_server";
  const std::string folder = dir_.path();
  const std::string point = mount_point();
  server_ = ::fork();
  if (server_ == 0) {
    ::execl(program.c_str(), program.c_str(), folder.c_str(), "-f", "-osubtype=caretaker_test", point.c_str(),
            nullptr);
    ::_exit(127);
  }
  if (!eventually([this] { return is_mounted() || ::waitpid(server_, nullptr, WNOHANG) == server_; }) ||
      !is_mounted()) {
    unmount();
    throw std::runtime_error("the FUSE file system is not mounted");
  }
}

FuseMount::~FuseMount() {
  unmount();
}

// Not stat(2) on the mount point: that would ask the server.
bool FuseMount::is_mounted() const {
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    if (line.find(" " + mount_point() + " ") != std::string::npos) return true;
  }
  return false;
}

void FuseMount::unmount() {
  // The server's end lets every caller go, so that nobody is left in the kernel.
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
  if (is_mounted()) ::umount2(mount_point().c_str(), MNT_DETACH);
}

void FuseMount::recover() const {
  std::filesystem::remove(dir_.path("hang"));
}

std::uintmax_t FuseMount::statfs_calls() const {
  std::error_code absent;
  const std::uintmax_t size = std::filesystem::file_size(dir_.path("calls"), absent);
  return absent ? 0 : size;
}

}  // namespace caretaker
