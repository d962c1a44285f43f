// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "chaos/stand.h"

namespace caretaker::chaos {

// One way to break something. It happens, lasts for a bounded random time and is over at the end of the call;
// what it did to the daemon may go on.
struct Fault {
  std::string_view name;
  void (*strike)(Stand& stand, Random& random);
};

[[nodiscard]] std::span<const Fault> faults();

// A copy of the store, taken with the daemon down: by the fault `snapshot-taken`.
[[nodiscard]] std::string snapshot_file(const Stand& stand);
[[nodiscard]] bool has_snapshot(const Stand& stand);
// Puts it in the place of the store; the daemon is down.
void restore_snapshot(const Stand& stand);

}  // namespace caretaker::chaos
