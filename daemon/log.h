// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/record.h"
#include "base/result.h"
#include "config/config.h"

namespace caretaker {

// Where the daemon's messages go: a rotating file where the configuration names one, else the journal with
// structured fields when systemd runs us, else standard error. Used by the main thread.
class Log {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(const LogConfig& config, std::string host_name);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  // In the journal with MESSAGE_ID=, EVENT=, DETAIL=, HOST= and the field that the event's kind names for its
  // subject (docs/events.md).
  void write(const Event& event);

 private:
  class Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
