// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace caretaker::ctl {

// The machine that the setup commands change. Tests have another one.
struct SetupPlace {
  std::string root = "/";
  std::string systemd_creds = "/usr/bin/systemd-creds";
  bool privileged = false;  // we are root
};

}  // namespace caretaker::ctl
