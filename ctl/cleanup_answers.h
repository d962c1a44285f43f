// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/failure.h"

namespace caretaker::ctl {

// What the daemon answers about cleanup (docs/api.md), typed as in ctl/answers.h.
struct DiskAnswer {
  std::string path;
  double used_percent = 0;
  double inodes_used_percent = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t avail_bytes = 0;
};

// One object: a verdict on it, a planned action on it, or the record of one.
struct ObjectAnswer {
  std::uint64_t number = 0;  // of an action: 1, 2, ...; 0: a verdict
  std::string kind;
  std::string id;
  std::vector<std::string> names;
  bool removes = false;
  std::string reason;
  std::string rule;
  std::string explanation;
  std::uint64_t bytes_min = 0;
  std::uint64_t bytes_max = 0;
  std::optional<std::int64_t> created_ms;
  std::optional<std::int64_t> first_seen_ms;
  std::optional<std::int64_t> last_used_ms;
  std::string state;    // of a recorded action: planned, removed, gone, kept, deferred, failed
  std::string message;  // of a recorded action: what the engine said
};

struct CleanupRunAnswer {
  std::int64_t run_id = 0;
  std::int64_t time_ms = 0;
  std::string trigger;
  std::string mode;
  std::string engine;
  std::optional<std::int64_t> ended_ms;
  std::string outcome;
  std::string note;
  std::string filesystem;
  std::uint64_t avail_bytes_before = 0;
  std::uint64_t avail_bytes_after = 0;
  std::uint64_t wanted_bytes = 0;
  std::uint64_t bytes_min = 0;
  std::uint64_t bytes_max = 0;
  std::uint64_t reported_bytes = 0;
  std::uint64_t planned = 0;
  std::uint64_t removed = 0;
  std::uint64_t kept = 0;
  std::uint64_t failed = 0;
  std::vector<ObjectAnswer> actions;  // only in the history
};

struct CleanupProgressAnswer {
  std::string trigger;
  std::uint64_t done = 0;
  std::uint64_t planned = 0;
  std::string object;  // the one at work
};

struct CleanupStatusAnswer {
  std::string mode;  // off, observe, enforce
  bool running = false;
  std::string error;  // of the job's last run
  std::string socket;
  std::string engine;
  std::string engine_error;
  bool watching = false;
  std::optional<std::int64_t> watched_since_ms;
  std::uint64_t event_gaps = 0;
  std::vector<DiskAnswer> disks;
  std::string pressure;
  std::string held;
  std::optional<std::int64_t> next_run_ms;
  std::optional<CleanupProgressAnswer> progress;
  std::optional<CleanupRunAnswer> last_run;
};

struct SkippedKindAnswer {
  std::string kind;
  std::string problem;
};

struct CleanupPlanAnswer {
  std::string mode;
  CleanupRunAnswer run;
  std::string held;
  std::vector<DiskAnswer> disks;
  std::vector<SkippedKindAnswer> incomplete;
  std::vector<std::pair<std::string, std::uint64_t>> kept;  // objects by reason
  std::vector<ObjectAnswer> actions;
  std::vector<ObjectAnswer> verdicts;  // only where they were asked for
};

[[nodiscard]] Answer<CleanupStatusAnswer> parse_cleanup_status(std::string_view body);
// `with_verdicts`: an answer without them makes no sense.
[[nodiscard]] Answer<CleanupPlanAnswer> parse_cleanup_plan(std::string_view body, bool with_verdicts);
[[nodiscard]] Answer<std::vector<CleanupRunAnswer>> parse_cleanup_history(std::string_view body);
// When the run began that was asked for.
[[nodiscard]] Answer<std::int64_t> parse_cleanup_begun(std::string_view body);

}  // namespace caretaker::ctl
