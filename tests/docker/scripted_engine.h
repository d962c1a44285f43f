// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker {

// Listens on a Unix socket and answers each connection with the next bytes of a script, whatever was asked:
// for answers that no engine would give. All functions from any thread.
class ScriptedEngine {
 public:
  ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;
  ~ScriptedEngine();

  [[nodiscard]] const std::string& socket() const { return socket_; }

  // What the next connection that has no answer yet gets.
  void answer(std::string bytes);           // and closes
  void answer_and_hang(std::string bytes);  // and stays open and silent
  void drip(std::string bytes, std::chrono::milliseconds pause);

  // The heads of the requests so far.
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  struct Step {
    std::string bytes;
    bool hang = false;
    std::chrono::milliseconds pause{0};
  };

  void serve();
  void serve_connection(UniqueFd connection);

  TempDir dir_;
  std::string socket_;
  UniqueFd listener_;
  mutable std::mutex mutex_;
  std::deque<Step> script_;
  std::vector<std::string> requests_;
  std::vector<UniqueFd> hanging_;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // the last: it uses all of the above
};

// HTTP answers with a body.
[[nodiscard]] std::string http_answer(std::string_view body, std::string_view status = "200 OK",
                                      std::string_view headers = "");
[[nodiscard]] std::string http_chunked(const std::vector<std::string>& chunks, bool ended = true);

}  // namespace caretaker
