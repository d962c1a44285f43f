// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/cleanup_record.h"

namespace caretaker {

// The two records of a run and of its actions, with something in every field.
inline CleanupRun planned_run(std::int64_t run_id, std::int64_t time_ms) {
  return {.time_ms = time_ms,
          .run_id = run_id,
          .trigger = "pressure",
          .mode = "enforce",
          .engine = "docker 20.10.24",
          .outcome = "running",
          .note = "",
          .filesystem = "/var/lib/docker",
          .avail_bytes_before = 1'000,
          .files_free_before = 70,
          .wanted_bytes = UINT64_MAX,
          .bytes_min = 300,
          .bytes_max = 400,
          .planned = 2,
          .verdicts = R"({"in_use":12})"};
}

inline CleanupRun ended_run(std::int64_t run_id, std::int64_t time_ms) {
  CleanupRun run = planned_run(run_id, time_ms);
  run.ended_ms = time_ms + 5'000;
  run.outcome = "partial";
  run.note = "one image is in use";
  run.avail_bytes_after = 1'300;
  run.files_free_after = 75;
  run.reported_bytes = 310;
  run.removed = 1;
  run.kept = 1;
  return run;
}

inline CleanupAction planned_action(std::int64_t run_id, std::int64_t number, std::int64_t time_ms) {
  return {.time_ms = time_ms,
          .run_id = run_id,
          .number = number,
          .kind = ObjectKind::image,
          .object_id = "sha256:" + std::to_string(number),
          .names = R"(["app:1"])",
          .reason = "unused",
          .explanation = "not used for 30 days",
          .state = "planned",
          .bytes_min = 100,
          .bytes_max = 200,
          .created_ms = time_ms - 3'000,
          .first_seen_ms = time_ms - 2'000,
          .last_used_ms = 0,
          .engine_message = ""};
}

inline CleanupAction ended_action(std::int64_t run_id, std::int64_t number, std::int64_t time_ms) {
  CleanupAction action = planned_action(run_id, number, time_ms);
  action.state = "removed";
  action.ended_ms = time_ms + 1'000;
  action.http_status = 200;
  action.engine_message = "it's gone";
  return action;
}

}  // namespace caretaker
