// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/child_process.h"
#include "support/contained_process.h"
#include "support/temp_dir.h"

namespace caretaker {

using Words = std::vector<std::string>;

// A machine of its own with a real systemd: the Debian that tests/support/get_systemd_root.bash made, booted
// by systemd-nspawn. What is written in it goes to memory, and is gone with everything that runs there at the
// end, however this process ends. It has a loopback and no other network. Works in a chroot too. Needs root.
// Failures throw: a test without its machine must not pass.
class SystemdContainer {
 public:
  // Why there can be none here; empty: there can.
  [[nodiscard]] static std::string hindrance();

  SystemdContainer() = default;
  SystemdContainer(const SystemdContainer&) = delete;
  SystemdContainer& operator=(const SystemdContainer&) = delete;
  ~SystemdContainer();

  void boot();    // returns when the units have started
  void reboot();  // as `reboot` would; the files stay

  // A command in the machine, found along PATH, run by `user`. It ends with the calling thread.
  [[nodiscard]] ChildResult run(const Words& command, const std::string& user = "root") const;
  // What it prints, without the last line's end. Throws when it fails.
  std::string output(const Words& command) const;
  // The same, of SQL in MariaDB's client (`database` may be empty): rows are lines, columns have tabs
  // between.
  [[nodiscard]] std::string mariadb(const std::string& sql, const std::string& database = "") const;

  // A file of the machine; folders are made. No part of the path may be a link to an absolute path.
  void write(std::string_view path, std::string_view text, mode_t mode = 0644) const;
  void copy_in(const std::string& file, std::string_view path) const;  // with its mode
  [[nodiscard]] std::string read(std::string_view path) const;         // empty: there is none
  [[nodiscard]] bool exists(std::string_view path) const;
  void remove(std::string_view path) const;  // a folder with what is in it

 private:
  void start();
  void await_units();
  void find_leader();
  [[nodiscard]] std::string outside(std::string_view path) const;  // where the file is for us
  [[nodiscard]] std::string console() const { return dir_.path("console"); }

  TempDir dir_;
  ContainedProcess nspawn_;
  UniqueFd control_groups_;  // where the machine's own is, so that it can be removed
  pid_t leader_ = -1;        // the machine's first process, as we see it
};

}  // namespace caretaker
