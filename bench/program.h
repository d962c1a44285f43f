// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace caretaker::bench {

// The body of main: `run`'s exit status, or 1 and the reason on standard error when it throws.
inline int run_program(const char* name, int (*run)(int, char**), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "{}: {}\n", name, exception.what());
    return 1;
  }
}

}  // namespace caretaker::bench
