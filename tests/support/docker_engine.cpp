// SPDX-License-Identifier: MIT
#include "support/docker_engine.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace caretaker {
namespace {

void mount_disk(const std::string& folder, std::uint64_t bytes) {
  std::filesystem::create_directories(folder);
  const std::string size = "size=" + std::to_string(bytes);
  if (::unshare(CLONE_NEWNS) != 0) throw std::runtime_error(std::string("unshare: ") + std::strerror(errno));
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);  // refused in a chroot that is no mount point
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) != 0) {
    throw std::runtime_error("no disk of its own: " + std::string(std::strerror(errno)));
  }
}

}  // namespace

DockerEngine::DockerEngine(std::uint64_t disk_bytes) : has_disk_(disk_bytes != 0) {
  if (has_disk_) mount_disk(root(), disk_bytes);
  // Else it makes /etc/docker.
  dir().write("daemon.json", R"({"deprecated-key-path": ")" + dir().path("key.json") + "\"}");
  start();
}

DockerEngine::~DockerEngine() {
  kill();
  if (has_disk_) ::umount2(root().c_str(), MNT_DETACH);
}

Words DockerEngine::command() const {
  return {program("dockerd"),
          "--config-file=" + dir().path("daemon.json"),
          "--data-root=" + root(),
          "--exec-root=" + dir().path("exec"),
          "--pidfile=" + dir().path("pid"),
          "--host=unix://" + socket(),
          "--storage-driver=vfs",
          "--exec-opt=native.cgroupdriver=cgroupfs",
          "--shutdown-timeout=1",
          "--bridge=none",
          "--iptables=false",
          "--ip6tables=false"};
}

}  // namespace caretaker
