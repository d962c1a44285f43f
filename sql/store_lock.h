// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// The right to write one store: `<path>.lock`, held with flock(2) until destroyed and never removed (removing
// it would let two processes lock two files of the same name). Holds the owner's process id as text for
// people.
class StoreLock {
 public:
  // EWOULDBLOCK when another process holds it ("already running (pid N)"), at once when N lives, else after
  // less than a second: what N left behind lets go of it soon. Other errors as open(2).
  [[nodiscard]] static Result<StoreLock> acquire(const std::string& store_path);

 private:
  explicit StoreLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace caretaker
