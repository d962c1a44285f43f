// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace caretaker {

// Starts this program again, also after its file was replaced by an upgrade (proc_pid_exe(5)).
inline constexpr const char* own_executable = "/proc/self/exe";

// Where the kernel's file systems are. Given into every collector: tests and containers (a host mounted
// under /host) set other roots. No other place of the program may name /proc or /sys.
struct HostPaths {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";

  // proc("stat") -> "/proc/stat"
  [[nodiscard]] std::string proc(std::string_view relative) const { return join(procfs, relative); }
  [[nodiscard]] std::string sys(std::string_view relative) const { return join(sysfs, relative); }
  // root("/var/lib") -> "<rootfs>/var/lib"
  [[nodiscard]] std::string root(std::string_view absolute) const { return join(rootfs, absolute); }

 private:
  static std::string join(std::string_view root, std::string_view path);
};

}  // namespace caretaker
