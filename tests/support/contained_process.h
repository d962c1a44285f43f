// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace caretaker {

// A server in PID and mount namespaces of its own: when it ends, however that is, everything that it started
// and mounted is gone as well. It sees the same files, but an empty /run, /var/lib and /dev/shm. Needs root.
// Dies with the calling thread. Failures throw.
class ContainedProcess {
 public:
  ContainedProcess() = default;
  ContainedProcess(const ContainedProcess&) = delete;
  ContainedProcess& operator=(const ContainedProcess&) = delete;
  ~ContainedProcess() { kill(); }

  // `command` with `environment` (NAME=value, nothing else); its output is added to the file `log`.
  void start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
             const std::string& log);
  [[nodiscard]] bool is_running();
  void stop();  // SIGTERM, and SIGKILL when that does not help
  void kill();  // SIGKILL, as a crash would

 private:
  pid_t pid_ = -1;
};

}  // namespace caretaker
