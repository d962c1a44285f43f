// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "gate/audit.h"

namespace caretaker {

// Tells of refused requests, at most refusals_told_max of each minute one by one; how many more there were is
// told with the next one after it, or by flush().
class RefusalLog {
 public:
  explicit RefusalLog(const Audit& audit) : audit_(audit) {}

  void write(const AuditEntry& entry, std::int64_t monotonic_ns);
  void flush();

 private:
  const Audit& audit_;
  std::int64_t minute_began_ns_ = 0;
  int told_ = 0;
  std::uint64_t untold_ = 0;
};

inline constexpr int refusals_told_max = 30;

}  // namespace caretaker
