// SPDX-License-Identifier: MIT
// A container engine with two images for the machine of the tests: `fake_engine_server SOCKET GROUP`. Its
// folder (TMPDIR) is on the file system of SOCKET. SIGTERM ends it.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "support/fake_engine.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const group* const members = ::getgrnam(argv[2]);
  if (members == nullptr) return 1;
  caretaker::FakeEngine engine;
  engine.put(caretaker::fake_image(1, {"app:1"}));
  engine.put(caretaker::fake_image(2, {}));
  const char* const made = engine.socket().c_str();
  if (::chown(made, 0, members->gr_gid) != 0 || ::chmod(made, 0660) != 0 || ::rename(made, argv[1]) != 0) {
    ::perror(argv[1]);
    return 1;
  }
  for (;;) ::pause();
}
