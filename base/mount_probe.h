// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/filesystem_space.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// More mounts than this are not probed: each has a process of its own.
inline constexpr std::size_t mount_probes_max = 32;

// Measures one mount that may hang (network, FUSE) through a helper process, because a thread inside a hung
// statvfs(3) cannot be ended and would hold the whole daemon. One request at a time: while the answer is
// missing nothing more is sent, and when it comes after all the probe goes on as if nothing had happened.
//
// The helper is `command`, which must end in a call of run_statvfs_helper(). It is started by the first
// request and again after it died, at most once per request. It ends with its socket, and by PR_SET_PDEATHSIG
// with the thread that made the request that started it: use and destroy a probe on one long-lived thread.
// The destructor kills the helper; one that hangs in the kernel is left to a detached thread that only waits
// for its end, so nothing here blocks for longer than 100 ms.
class MountProbe {
 public:
  MountProbe(std::vector<std::string> command, std::string path, std::chrono::milliseconds timeout);
  MountProbe(const MountProbe&) = delete;
  MountProbe& operator=(const MountProbe&) = delete;
  ~MountProbe();

  // Sends a request unless one is in flight. Never waits. A failure becomes the next answer.
  void request(std::int64_t monotonic_ns);

  // The answer, when one has come since the last call. Never waits. Errors name the path: what statvfs said,
  // or that the helper could not start or died.
  [[nodiscard]] std::optional<Result<FilesystemSpace>> take_answer();

  [[nodiscard]] bool in_flight() const { return in_flight_; }
  // A request has been in flight for longer than the timeout.
  [[nodiscard]] bool stuck(std::int64_t monotonic_ns) const;
  [[nodiscard]] const std::string& path() const { return path_; }

  // Returns when every request that is in flight has its answer, or after `limit`.
  static void wait_for_answers(std::span<const MountProbe* const> probes, std::chrono::milliseconds limit);

 private:
  Result<void> start_helper();
  void stop_helper();

  std::vector<std::string> command_;
  std::string path_;
  std::chrono::milliseconds timeout_;
  UniqueFd socket_;
  pid_t helper_ = -1;
  bool in_flight_ = false;
  std::int64_t sent_ns_ = 0;
  std::optional<Error> failure_;
};

// The whole life of the helper process: answers requests on descriptor 3 until its other end is closed.
// Returns the exit status for main().
int run_statvfs_helper();

}  // namespace caretaker
