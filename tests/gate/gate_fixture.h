// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "gate/gate.h"
#include "support/temp_dir.h"

namespace caretaker {

// A gate in a thread of its own, before whatever listens at `options.engine`.
class RunningGate {
 public:
  explicit RunningGate(GateOptions options);
  RunningGate(const RunningGate&) = delete;
  RunningGate& operator=(const RunningGate&) = delete;
  ~RunningGate();

  [[nodiscard]] std::string socket() const { return dir_.path("gate.sock"); }
  [[nodiscard]] std::size_t connections();  // that it serves now
  void wait();                              // until it ends by itself
  void stop();

 private:
  void run(UniqueFd listener, GateOptions options);

  TempDir dir_;
  std::unique_ptr<EventLoop> loop_;
  Audit audit_;
  Gate* gate_ = nullptr;  // while the loop turns; of its thread
  std::thread thread_;
};

// A listening Unix socket.
[[nodiscard]] UniqueFd listen_at(const std::string& path, int backlog = 128);

// Standard error, which holds what the gate tells, from its construction on.
class CapturedAudit {
 public:
  CapturedAudit() { testing::internal::CaptureStderr(); }
  ~CapturedAudit() {
    if (!taken_) take();
  }
  std::string take() {
    taken_ = true;
    return testing::internal::GetCapturedStderr();
  }

 private:
  bool taken_ = false;
};

}  // namespace caretaker
