// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace caretaker::bench {

// The files of procfs and sysfs that this process keeps open now, sorted; one that is open twice is there
// twice.
[[nodiscard]] std::vector<std::string> open_kernel_files();

// What reading such files costs at least: one pread(2) of each into one buffer.
class BareReads {
 public:
  explicit BareReads(const std::vector<std::string>& files);
  // All of them once; the bytes that were read.
  std::size_t run();

 private:
  std::vector<UniqueFd> descriptors_;
  std::vector<char> buffer_;
};

// Bytes that read(2) and its like have given this process so far (rchar in /proc/PID/io, proc(5)), those of
// this call left out.
[[nodiscard]] std::uint64_t bytes_read_so_far();

}  // namespace caretaker::bench
