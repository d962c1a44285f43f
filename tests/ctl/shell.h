// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace caretaker::ctl {

struct ShellEnded {
  int exit = -1;  // -1: ended by a signal
  std::string out;
};

// Runs a shell command line to its end; redirect in it what else is wanted.
inline ShellEnded shell(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("popen");
  ShellEnded ended;
  char buffer[4096];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    ended.out.append(buffer, count);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ended.exit = WEXITSTATUS(status);
  return ended;
}

}  // namespace caretaker::ctl
