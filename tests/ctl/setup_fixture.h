// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "ctl/command_fixture.h"
#include "support/temp_dir.h"

namespace caretaker::ctl {

// A machine of its own for the setup commands: a root folder with the package's files in it, a systemd-creds
// that "encrypts" by base64, a service manager and a terminal that are fakes.
class SetupTest : public CommandTest {
 protected:
  SetupTest() {
    root.write("etc/caretaker/config.ini", "[service]\ninterval = 1s\n");
    root.write("etc/group", "root:x:0:\ncaretaker:x:" + std::to_string(::getegid()) + ":\n");
    std::filesystem::create_directories(root.path("etc/systemd/system"));
    place = {.root = root.path(), .systemd_creds = tool(working_tool), .privileged = true};
  }

  // A systemd-creds of our own making.
  std::string tool(const std::string& script) {
    const std::string path = root.write("usr/bin/systemd-creds", "#!/bin/sh\n" + script);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  [[nodiscard]] bool exists(const std::string& path) const {
    return std::filesystem::exists(root.path(path));
  }
  [[nodiscard]] std::string text(const std::string& path) const {
    return read_file(root.path(path)).value_or("");
  }
  [[nodiscard]] mode_t mode(const std::string& path) const {
    struct stat status{};
    return ::stat(root.path(path).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }

  // Its standard error is a hint like the real one's.
  static constexpr const char* working_tool =
      "test \"$2 $3 $4\" = '--name=mysql-password - -' || exit 2\n"
      "case $1 in\n"
      "  encrypt) printf 'enc:'; base64 -w0 ;;\n"
      "  decrypt) cut -c5- | base64 -d ;;\n"
      "esac\n";

  TempDir root;
};

}  // namespace caretaker::ctl
