// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/filesystem_space.h"
#include "config/config.h"

namespace caretaker {

// How full the file system below a directory is, in bytes and in inodes.
struct DiskUse {
  std::string path;
  FilesystemSpace space;
  [[nodiscard]] double bytes_percent() const;   // used of what non-root users can have, as df(1) tells
  [[nodiscard]] double inodes_percent() const;  // 0 where the file system has no fixed number
};

inline constexpr int pressure_times = 2;  // in a row, so that a short peak costs nothing

// Whether a file system is too full, with hysteresis: it is from pressure_high (reached pressure_times in a
// row) until pressure_low, bytes and inodes each by themselves. Pure state, one thread.
class Pressure {
 public:
  // With the newest figures. A path that is not among them any more is forgotten.
  void update(const std::vector<DiskUse>& uses, const CleanupConfig& config);
  // Whether any file system is under pressure now.
  [[nodiscard]] bool high() const;
  // Bytes to free on the first path's file system to get to pressure_low; `PlanMoment::everything` when
  // inodes or another file system are the problem; 0 without pressure.
  [[nodiscard]] std::uint64_t wanted_bytes(const CleanupConfig& config) const;
  // "/var/lib/docker: 91 % of 100.0 GB used" of what is under pressure; empty without.
  [[nodiscard]] std::string explanation() const;

 private:
  struct Level {
    int times_high = 0;
    bool high = false;
    void update(double percent, const CleanupConfig& config);
  };
  struct State {
    DiskUse use;
    Level bytes;
    Level inodes;
    [[nodiscard]] bool high() const { return bytes.high || inodes.high; }
  };
  std::vector<State> states_;  // in the order of the paths
};

// One entry per distinct file system (st_dev) below `paths`, in their order. Paths that do not exist or
// cannot be measured are left out; above one that we may not enter the nearest directory is measured.
[[nodiscard]] std::vector<DiskUse> measure_disks(const std::vector<std::string>& paths,
                                                 FilesystemSpaceReader read = &read_filesystem_space);

}  // namespace caretaker
