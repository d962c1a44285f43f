// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/child_process.h"
#include "support/temp_dir.h"

namespace caretaker {

using Words = std::vector<std::string>;

// A copy of a built program that every user may run; the build folder may be closed to others.
[[nodiscard]] std::string public_program(const std::string& name);

// Runs one of the built programs to its end, as `user` or as we are.
[[nodiscard]] ChildResult run_program(const std::string& name, Words arguments, const std::string& user = "");

// The built caretakerd in a folder of its own, which holds its configuration, store, control socket and
// output; killed and gone with everything in it at the end. It is not running before start(). Failures
// throw: a test without its daemon must not pass.
class DaemonProcess {
 public:
  // `config` is config.ini. config.d/paths.ini beside it puts the store and the socket into the folder.
  // `arguments` are added to the command line ("--live").
  explicit DaemonProcess(std::string_view config = "", Words arguments = {});
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;
  ~DaemonProcess();

  void start();                 // returns when the control socket is open
  void launch();                // returns at once
  void run_as(uid_t user);      // from the next start() on; needs root
  void send(int signal) const;  // kill(2)
  int stop();                   // SIGTERM; the exit status, or minus the signal that ended it
  int wait();                   // until it ends; as stop()
  void kill();                  // SIGKILL, as a crash would
  [[nodiscard]] bool is_running();

  // caretakerctl with these words.
  [[nodiscard]] ChildResult ctl(Words words, const std::string& user = "") const;

  // Replaces config.ini, or a file beside it.
  void write(std::string_view relative, std::string_view text) const { dir_.write(relative, text); }
  [[nodiscard]] std::string path(std::string_view relative = "") const { return dir_.path(relative); }
  [[nodiscard]] std::string config_file() const { return dir_.path("config.ini"); }
  [[nodiscard]] std::string store() const { return dir_.path("metrics.db"); }
  [[nodiscard]] std::string socket() const { return dir_.path("control.sock"); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string out() const;  // of all starts
  [[nodiscard]] std::string err() const;

 private:
  [[nodiscard]] bool is_listening() const;

  TempDir dir_;
  Words arguments_;
  std::optional<uid_t> user_;
  pid_t pid_ = -1;
  int ended_ = 0;  // once pid_ is -1
};

}  // namespace caretaker
