// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// The whole of a regular or kernel file of at most `size_max` bytes. Errors carry errno (ENOENT, EACCES, ...;
// EFBIG above the limit).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t size_max = 1U << 20);

// Whether something is there, links followed; false also where nobody may look.
[[nodiscard]] bool path_exists(const std::string& path);

// Whether the open file is the kernel's own, not one of a tree of plain files that stands for /proc.
[[nodiscard]] bool is_on_proc(int fd);

// All of `bytes`, however often the kernel wants to be asked. Errors carry errno; `what` begins their text.
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes, const std::string& what);

// A small kernel file that is read again and again: the descriptor stays open, each read() is one pread(2)
// per filled buffer, and the buffer only grows when the file does. Not thread safe.
class PolledFile {
 public:
  // A line of a file that lists numbers is shorter. Only mount tables have longer ones.
  static constexpr std::size_t line_max_default = 1024;
  static constexpr std::size_t line_max_any = 4096;

  // The kernel hands out whole lines and ends a read early where the next one does not fit into its buffer of
  // at least 4096 bytes (fs/seq_file.c). Where no line is longer than `line_max` bytes, a read that could
  // have been longer and ended before 4096 - line_max has therefore found the end, and is not followed by
  // another one.
  explicit PolledFile(std::string path, std::size_t line_max = line_max_default,
                      std::size_t size_max = 4U << 20);

  // The file's text now. Valid until the next read(). An error closes the descriptor, so that the next read
  // opens the file anew (it may have been replaced or have appeared). Errors carry errno.
  [[nodiscard]] Result<std::string_view> read();

  // Only for mountinfo and mounts below /proc/PID, whose changes poll(2) tells (proc_pid_mounts(5)): false
  // when there was none since the last read() or call. Of a copy of such a file nobody knows: true.
  [[nodiscard]] bool may_have_changed() const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Result<std::size_t> fill();

  std::string path_;
  std::size_t line_max_;
  std::size_t size_max_;
  UniqueFd fd_;
  bool on_proc_ = false;
  std::string buffer_;
};

}  // namespace caretaker
