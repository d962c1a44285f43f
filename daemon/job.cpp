// SPDX-License-Identifier: MIT
#include "daemon/job.h"

#include <utility>

namespace caretaker {

std::string_view to_string(JobOutcome outcome) {
  switch (outcome) {
    case JobOutcome::ok:
      return "ok";
    case JobOutcome::no_data:
      return "no_data";
    case JobOutcome::failed:
      return "failed";
  }
  std::unreachable();
}

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::idle:
      return "idle";
    case JobState::running:
      return "running";
    case JobState::stuck:
      return "stuck";
    case JobState::paused:
      return "paused";
    case JobState::failed:
      return "failed";
  }
  std::unreachable();
}

}  // namespace caretaker
