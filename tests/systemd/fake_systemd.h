// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker {

// What the fake answers.
struct FakeAnswers {
  std::string subscribe_error = {};  // D-Bus error name; empty: well
  std::string action_error = {};
  std::string job_result = "done";  // empty: the job never ends
  bool hang_up = false;             // closes the connection in place of an answer to the action
  std::string reload_error = {};
  std::string enable_error = {};
  bool has_install = true;  // what is enabled has an [Install] section
  std::string load_state = "loaded";
  std::string active_state = "active";
  std::string property_without_answer = {};  // an error is given for it
};

// A system bus with systemd behind it, for one client: its own thread answers on a Unix socket, which
// DBUS_SYSTEM_BUS_ADDRESS names while the object lives.
class FakeSystemd {
 public:
  explicit FakeSystemd(FakeAnswers answers);
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;
  ~FakeSystemd();

  // The method calls so far, "StartUnit caretaker.service replace". Only after the client is gone.
  [[nodiscard]] std::vector<std::string> stop();

 private:
  struct Session;
  void serve();

  TempDir dir_;
  FakeAnswers answers_;
  std::vector<std::string> calls_;  // the thread's until stop()
  UniqueFd listener_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace caretaker
