// SPDX-License-Identifier: MIT
// A FUSE file system whose only content is its size: `fuse_server FOLDER FUSE-ARGUMENTS...`. Each statfs adds
// a byte to FOLDER/calls and gets no answer as long as FOLDER/hang exists.
#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace {

std::string folder;

int get_attributes(const char* path, struct stat* attributes, fuse_file_info*) {
  if (std::string_view(path) != "/") return -ENOENT;
  *attributes = {};
  attributes->st_mode = S_IFDIR | 0755;
  attributes->st_nlink = 2;
  return 0;
}

void count_call() {
  const int fd = ::open((folder + "/calls").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  (void)!::write(fd, ".", 1);
  ::close(fd);
}

int get_space(const char*, struct statvfs* space) {
  count_call();
  while (::access((folder + "/hang").c_str(), F_OK) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  *space = {};
  space->f_bsize = 4096;
  space->f_frsize = 4096;
  space->f_blocks = 1000;
  space->f_bfree = 400;
  space->f_bavail = 300;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  folder = argv[1];
  argv[1] = argv[0];
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.statfs = get_space;
  return fuse_main(argc - 1, argv + 1, &operations, nullptr);
}
