// SPDX-License-Identifier: MIT
#pragma once

#include <valgrind/callgrind.h>

namespace caretaker::bench {

// While it lives, callgrind counts the instructions of this thread, and of no other. Without callgrind it
// does nothing. Wants --collect-atstart=no.
class Counting {
 public:
  Counting() { CALLGRIND_TOGGLE_COLLECT; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting() { CALLGRIND_TOGGLE_COLLECT; }
};

// Writes what was counted since the last call into a file of callgrind's (--callgrind-out-file), which bears
// this name.
inline void end_section(const char* name) {
  CALLGRIND_DUMP_STATS_AT(name);
}

}  // namespace caretaker::bench
