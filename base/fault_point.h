// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace caretaker {

// Places on the way of a sample, and of a cleanup, at which tests end the process as a crash does: with
// CARETAKER_FAULT=NAME:N in the environment the N-th pass raises SIGKILL. Compiled in only where tests are
// built (CARETAKER_FAULT_POINTS); elsewhere nothing is left of it.
enum class FaultPoint : std::uint8_t {
  appended,           // a batch is in the store's queue
  store_commit,       // all of a commit is written, SQLite's COMMIT is next
  store_committed,    // SQLite has committed
  retention,          // in the middle of a removal
  rollup,             // a minute is written, not yet committed
  send,               // the first statement of a delivery is next
  ledger_moved,       // the compare-and-set is done
  rows_sent,          // MySQL has all rows, COMMIT is next
  mysql_commit_sent,  // the answer to COMMIT is not read yet
  mysql_committed,    // MySQL has committed, the local store does not know
  cursor_advanced,    // the local store is told
  periods_committed,  // MySQL has committed rollups
  cleanup_planned,    // the plan is on the disk, the first deletion is next
  cleanup_removed,    // the engine has deleted something, which is not recorded yet
  setup_step,         // caretakerctl setup has taken a step
};

inline constexpr std::array<std::string_view, 15> fault_point_names = {
    "appended",        "store_commit",    "store_committed",
    "retention",       "rollup",          "send",
    "ledger_moved",    "rows_sent",       "mysql_commit_sent",
    "mysql_committed", "cursor_advanced", "periods_committed",
    "cleanup_planned", "cleanup_removed", "setup_step"};

#ifdef CARETAKER_FAULT_POINTS
void pass(FaultPoint point);  // any thread
#else
inline void pass(FaultPoint) {}
#endif

}  // namespace caretaker
