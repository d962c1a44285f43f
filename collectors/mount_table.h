// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace caretaker {

// A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
struct Mount {
  std::string device_number;  // "major:minor", the same for all mounts of one file system
  std::string mount_point;    // octal escapes decoded; any bytes
  std::string type;
  std::string source;      // usually the device; octal escapes decoded
  bool read_only = false;  // by the mount's or by the file system's options, emergency_ro included
};

[[nodiscard]] std::optional<Mount> parse_mountinfo_line(std::string_view line);

// Type of a file system whose server or daemon may stop answering: calls into it then never return. autofs is
// one of them because touching it mounts what is behind.
[[nodiscard]] bool is_remote_type(std::string_view type);

// The mounts to measure, chosen from the text alone: nothing here touches a file system.
struct MountSelection {
  std::vector<Mount> local;   // safe to call into
  std::vector<Mount> remote;  // may hang, but listed in network_mount_points: only through a MountProbe
};

// Of the mounts that lie on one another the last, of those of one device the one with the shortest mount
// point; none that the configuration excludes, and none that is remote or below a remote one unless it is
// listed.
[[nodiscard]] MountSelection select_mounts(std::vector<Mount> mounts, const FilesystemConfig& config);

// Leaves in `mounts` only what `own`, the daemon's own mount table, shows in the same place: in a sandboxed
// unit (ProtectHome=) the path of a host's mount may lead to another file system.
void keep_visible(std::vector<Mount>& mounts, const std::vector<Mount>& own);

}  // namespace caretaker
