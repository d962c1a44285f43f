// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace caretaker {

// The default VFS of SQLite (sqlite.org/vfs.html) in this process with faults on demand. Counts the
// operations on database, log and shared memory that can fail. Thread safe.
class FaultyVfs {
 public:
  // lost_reply: the operation is done and reported as failed.
  enum class Fault { io_error, disk_full, lost_reply };

  // Registers it as the default; once per process, before the first connection.
  static void install();

  // From the `first`-th counted operation from now on (1 is the next), `count` operations fail.
  static void fail_from(int first, int count, Fault fault);
  static void heal();
  // Counted operations since the last fail_from().
  static int operations();
  // How often SQLite asked the disk to keep what was written, ever.
  static int syncs();

  // Operations hang until heal().
  static void hang();
  static bool something_hangs();
};

}  // namespace caretaker
