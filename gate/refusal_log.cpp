// SPDX-License-Identifier: MIT
#include "gate/refusal_log.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"

namespace caretaker {
namespace {

constexpr std::int64_t minute_ns = 60 * ns_per_s;

}  // namespace

void RefusalLog::write(const AuditEntry& entry, std::int64_t monotonic_ns) {
  if (told_ == 0 || monotonic_ns - minute_began_ns_ >= minute_ns) {
    flush();
    minute_began_ns_ = monotonic_ns;
    told_ = 0;
  }
  if (told_ == refusals_told_max) {
    ++untold_;
    return;
  }
  ++told_;
  audit_.write(entry);
}

void RefusalLog::flush() {
  const std::uint64_t untold = std::exchange(untold_, 0);
  if (untold == 0) return;
  const std::string reason = fmt::format("{} more refused requests were not told one by one", untold);
  audit_.write({.kind = "gate_refusals_untold", .reason = reason});
}

}  // namespace caretaker
