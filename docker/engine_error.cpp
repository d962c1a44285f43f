// SPDX-License-Identifier: MIT
#include "docker/engine_error.h"

#include <array>
#include <cstddef>

namespace caretaker {
namespace {

constexpr std::array<std::string_view, 13> problem_words = {
    "unreachable", "forbidden",     "timeout", "garbage", "unsupported", "not_allowed", "not_found",
    "in_use",      "prune_running", "refused", "failed",  "throttled",   "stopped"};

}  // namespace

std::string_view to_string(EngineProblem problem) {
  return problem_words[static_cast<std::size_t>(problem)];
}

}  // namespace caretaker
