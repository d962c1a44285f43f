// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
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

  // `command` with `environment` (NAME=value, nothing else); its output is added to the file `log`. Before it
  // starts, `prepare` may mount more in the namespaces; when it says no, with errno set, nothing is started.
  void start(
      const std::vector<std::string>& command, const std::vector<std::string>& environment,
      const std::string& log, const std::function<bool()>& prepare = [] { return true; });
  [[nodiscard]] bool is_running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  void stop();  // SIGTERM, and SIGKILL when that does not help
  void kill();  // SIGKILL, as a crash would

 private:
  pid_t pid_ = -1;
};

}  // namespace caretaker
