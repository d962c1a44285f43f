// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/result.h"

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

// What only has to work: its value, or an exception.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace caretaker::bench
