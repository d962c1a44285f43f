// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/host_paths.h"
#include "base/unique_fd.h"

namespace caretaker::bench {

// The recorded kernel files of a server (bench/guard), copied into a folder where they can move on: the same
// on every machine. Failures throw.
class RecordedHost {
 public:
  // `recorded` holds proc/ and sys/; `work` is made, and what it had is removed.
  RecordedHost(const std::filesystem::path& recorded, const std::filesystem::path& work);

  [[nodiscard]] const HostPaths& paths() const { return paths_; }
  // The files as they are so many seconds later: what counts has grown.
  void set_second(std::uint64_t second);

 private:
  struct File {
    UniqueFd fd;
    std::string recorded;
  };

  HostPaths paths_;
  std::vector<File> growing_;
  std::string text_;  // reused
};

}  // namespace caretaker::bench
