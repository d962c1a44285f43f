// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace caretaker {

inline constexpr std::size_t walk_entries_max = 200'000;  // directory entries that are looked at
inline constexpr std::size_t walk_depth_max = 64;
inline constexpr std::size_t consumers_max = 5;  // directories that are named

struct Consumer {
  std::string path;
  std::uint64_t bytes = 0;  // allocated on disk, as du(1) counts
};

struct Consumers {
  std::vector<Consumer> biggest;  // directories, the largest first
  bool complete = false;          // false: the walk met a limit or a directory that cannot be read
};

// Who fills the file system that `path` is on: sums up what lies below each directory at most two levels
// under the mount point. Stays on the one file system, follows no links, and never opens a file. Stops at its
// limits and when asked to. `skip`: directories of an engine, whose use is known better from the engine
// itself.
[[nodiscard]] Consumers find_consumers(const std::string& path, const std::vector<std::string>& skip,
                                       const std::stop_token& stop);

// "/var/log 4096 MiB, /home/build 512 MiB", with "at least" where the walk was not complete.
[[nodiscard]] std::string describe(const Consumers& consumers);

}  // namespace caretaker
