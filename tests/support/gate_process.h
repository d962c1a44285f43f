// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker {

// The built caretaker-docker-gate on a listening socket that it is passed as systemd would; killed at the
// end. The socket stays while it does not run, and who connects then waits. Failures throw.
class GateProcess {
 public:
  // `options` are its command line ("--engine", PATH).
  explicit GateProcess(std::vector<std::string> options);
  GateProcess(const GateProcess&) = delete;
  GateProcess& operator=(const GateProcess&) = delete;
  ~GateProcess();

  void start();
  int stop();  // SIGTERM; the exit status, or minus the signal that ended it
  int wait();  // until it ends; as stop()
  void kill();
  void break_socket() const;  // nothing can be accepted on it any more
  [[nodiscard]] bool is_running();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string socket() const { return dir_.path("gate.sock"); }
  [[nodiscard]] std::string err() const;  // of all starts

 private:
  TempDir dir_;
  std::vector<std::string> options_;
  UniqueFd listener_;
  pid_t pid_ = -1;
  int ended_ = 0;  // once pid_ is -1
};

}  // namespace caretaker
