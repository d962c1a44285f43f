// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What cleanup keeps in the local store: made in cleanup/, written and delivered by sql/. Times are UTC.
namespace caretaker {

// What a container engine holds, in the order in which it is given up: cheapest to make again first.
enum class ObjectKind : std::uint8_t { build_cache, image, container, network, volume };
inline constexpr std::size_t object_kinds = 5;
// The words of SQL and JSON: "build_cache", "image", ...
[[nodiscard]] std::string_view to_string(ObjectKind kind);
[[nodiscard]] std::optional<ObjectKind> parse_object_kind(std::string_view word);

// Our own history of one object (table `cleanup_usage`), because no engine keeps it.
struct ObjectUsage {
  ObjectKind kind = ObjectKind::image;
  std::string id;  // image, container and network: the engine's id; volume: its name
  std::int64_t first_seen_ms = 0;
  std::int64_t last_used_ms = 0;     // 0: never seen in use
  std::int64_t unused_since_ms = 0;  // 0: in use when last looked at
  bool operator==(const ObjectUsage&) const = default;
};

// From when on the engine was watched (table `cleanup_observation`, one row).
struct Observation {
  std::int64_t first_ms = 0;       // ever; 0: never
  std::int64_t since_ms = 0;       // without a gap in which a use could have been missed
  std::int64_t until_ms = 0;       // last known to be complete
  std::int64_t last_event_ns = 0;  // the newest event's timeNano
  bool operator==(const Observation&) const = default;
};

// One step of the history; all of it is written by one commit.
struct UsageChange {
  std::optional<Observation> observation;
  std::vector<ObjectUsage> changed;                           // replaces what is there
  std::vector<std::pair<ObjectKind, std::string>> forgotten;  // objects that are gone
  [[nodiscard]] bool empty() const { return !observation && changed.empty() && forgotten.empty(); }
};

// One pass over an engine (table `cleanup_runs`). Recorded twice under the same run_id: when its plan stands,
// before the first deletion, and when it has ended; the later record replaces the earlier one.
struct CleanupRun {
  std::int64_t time_ms = 0;   // its begin
  std::int64_t run_id = 0;    // random
  std::string trigger;        // interval, pressure, manual, new_image
  std::string mode;           // enforce; observe and dry_run delete nothing
  std::string engine;         // "docker 20.10.24, API 1.41, graphdriver overlay2"
  std::int64_t ended_ms = 0;  // 0: under way (or the daemon died in it)
  std::string outcome;        // running, ok, nothing, observed, held, partial, stopped, failed
  std::string note;           // a sentence: why it held, failed or could not free enough
  std::string filesystem;     // path on the file system that holds the images
  std::uint64_t avail_bytes_before = 0;
  std::uint64_t avail_bytes_after = 0;
  std::uint64_t files_free_before = 0;
  std::uint64_t files_free_after = 0;
  std::uint64_t wanted_bytes = 0;    // to get below pressure_low; 0 without pressure
  std::uint64_t bytes_min = 0;       // planned: what is certain to become free
  std::uint64_t bytes_max = 0;       // planned: at most
  std::uint64_t reported_bytes = 0;  // reclaimed by the engine's word
  std::uint64_t planned = 0;         // actions
  std::uint64_t removed = 0;         // of these: done by this run
  std::uint64_t kept = 0;            // of these: in use or changed since the plan
  std::uint64_t failed = 0;
  std::string verdicts;  // JSON object: number of objects by reason, {"in_use":12,"too_young":3}
};

// One planned deletion (table `cleanup_actions`), recorded twice like its run: planned, then what came of it.
struct CleanupAction {
  std::int64_t time_ms = 0;  // of its run
  std::int64_t run_id = 0;
  std::int64_t number = 0;  // 1, 2, ... in the order of the plan
  ObjectKind kind = ObjectKind::image;
  std::string object_id;
  std::string names;        // JSON array: tags, names
  std::string reason;       // stable word of cleanup/reason.h
  std::string explanation;  // the same as a sentence, with numbers
  std::string state;        // planned, removed, gone, kept, deferred, failed
  std::uint64_t bytes_min = 0;
  std::uint64_t bytes_max = 0;
  std::int64_t created_ms = 0;  // by the engine; 0: unknown
  std::int64_t first_seen_ms = 0;
  std::int64_t last_used_ms = 0;  // 0: never seen in use
  std::int64_t ended_ms = 0;      // 0: planned
  int http_status = 0;            // of the deletion; 0: none was sent or no answer came
  std::string engine_message;     // what the engine said, at most engine_message_bytes_max
};
inline constexpr std::size_t engine_message_bytes_max = 4096;

}  // namespace caretaker
