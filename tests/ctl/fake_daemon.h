// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker::ctl {

// A server on a Unix socket that gives canned answers, also those that a real daemon cannot be made to give.
// A request is "METHOD TARGET". What is not canned is answered with the API's 404.
class FakeDaemon {
 public:
  FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;
  ~FakeDaemon();

  [[nodiscard]] std::string socket() const { return dir_.path("control.sock"); }

  void answer(const std::string& request, int status, std::string_view json);
  // One after the other; the last one again and again.
  void answer_in_turn(const std::string& request, const std::vector<std::string>& jsons);
  // These bytes, then the connection is closed.
  void answer_raw(const std::string& request, std::string bytes);
  // No byte at all, until the fake ends.
  void never_answer(const std::string& request);

  [[nodiscard]] std::vector<std::string> requests() const;  // in the order of their arrival
  [[nodiscard]] std::string last_head() const;              // request line and headers

 private:
  void serve();
  void handle(UniqueFd connection);

  TempDir dir_;
  UniqueFd listener_;
  UniqueFd stop_;                     // eventfd
  std::vector<UniqueFd> unanswered_;  // the thread's

  mutable std::mutex mutex_;  // guards the following
  std::map<std::string, std::deque<std::string>> answers_;
  std::vector<std::string> requests_;
  std::string last_head_;

  std::thread thread_;  // last: uses all others
};

}  // namespace caretaker::ctl
