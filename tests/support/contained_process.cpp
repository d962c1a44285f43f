// SPDX-License-Identifier: MIT
#include "support/contained_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "support/eventually.h"

namespace caretaker {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec. Container runtimes want / to be a mount point, which it is not in a chroot, and
// whoever joins a container's mount namespace (docker exec) finds the root of the namespace, not that of a
// process.
bool enter_own_root() {
  const int root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int own_namespace = ::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (::setns(own_namespace, CLONE_NEWNS) != 0) return false;  // leaves a chroot
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const int tree = ::open_tree(root, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
  return ::move_mount(tree, "", root, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 &&
         ::fchdir(tree) == 0 && ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 &&
         ::chdir("/") == 0 && ::mount("proc", "/proc", "proc", 0, nullptr) == 0 &&
         ::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0 &&
         ::mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755") == 0 &&
         // Podman's locks: others would share them.
         ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") == 0;
}

}  // namespace

void ContainedProcess::start(const std::vector<std::string>& command,
                             const std::vector<std::string>& environment, const std::string& log,
                             const std::function<bool()>& prepare) {
  if (pid_ > 0) throw std::runtime_error(command.at(0) + " is already running");
  const std::vector<char*> argv = pointers(command);
  const std::vector<char*> envp = pointers(environment);
  const long pid =
      ::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) throw std::runtime_error(std::string("no namespaces of its own: ") + std::strerror(errno));
  if (pid > 0) {
    pid_ = static_cast<pid_t>(pid);
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  if (enter_own_root() && prepare()) ::execve(argv[0], argv.data(), envp.data());
  ::perror(argv[0]);
  ::_exit(127);
}

bool ContainedProcess::is_running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void ContainedProcess::stop() {
  if (!is_running()) return;
  ::kill(pid_, SIGTERM);
  if (!eventually([this] { return !is_running(); })) kill();
}

void ContainedProcess::kill() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace caretaker
