// SPDX-License-Identifier: MIT
#include "ctl/cleanup_answers.h"

#include "ctl/decode.h"

namespace caretaker::ctl {
namespace {

DiskAnswer decode_disk(const JsonReader& reader) {
  return {.path = reader.text("path"),
          .used_percent = reader.number("used_percent"),
          .inodes_used_percent = reader.number("inodes_used_percent"),
          .size_bytes = reader.count("size_bytes"),
          .avail_bytes = reader.count("avail_bytes")};
}

// What verdicts, planned actions and recorded ones have in common.
ObjectAnswer decode_object(const JsonReader& reader) {
  return {.kind = reader.text("kind"),
          .id = reader.text("id"),
          .names = reader.texts("names"),
          .reason = reader.text("reason"),
          .explanation = reader.text("explanation"),
          .bytes_min = reader.count("bytes_min"),
          .bytes_max = reader.count("bytes_max"),
          .created_ms = decode_time(reader, "created_ms"),
          .first_seen_ms = decode_time(reader, "first_seen_ms"),
          .last_used_ms = decode_time(reader, "last_used_ms")};
}

ObjectAnswer decode_verdict(const JsonReader& reader) {
  ObjectAnswer object = decode_object(reader);
  object.removes = reader.boolean("removes");
  object.rule = reader.optional_text("rule");
  return object;
}

ObjectAnswer decode_planned(const JsonReader& reader) {
  ObjectAnswer object = decode_verdict(reader);
  object.number = reader.count("number");
  return object;
}

ObjectAnswer decode_recorded(const JsonReader& reader) {
  ObjectAnswer object = decode_object(reader);
  object.removes = true;
  object.number = reader.count("number");
  object.state = reader.text("state");
  object.message = reader.optional_text("message");
  return object;
}

CleanupRunAnswer decode_run(const JsonReader& reader) {
  return {.run_id = reader.integer("run_id"),
          .time_ms = reader.integer("time_ms"),
          .trigger = reader.text("trigger"),
          .mode = reader.text("mode"),
          .engine = reader.text("engine"),
          .ended_ms = decode_time(reader, "ended_ms"),
          .outcome = reader.text("outcome"),
          .note = reader.optional_text("note"),
          .filesystem = reader.optional_text("filesystem"),
          .avail_bytes_before = reader.count("avail_bytes_before"),
          .avail_bytes_after = reader.count("avail_bytes_after"),
          .wanted_bytes = reader.count("wanted_bytes"),
          .bytes_min = reader.count("bytes_min"),
          .bytes_max = reader.count("bytes_max"),
          .reported_bytes = reader.count("reported_bytes"),
          .planned = reader.count("planned"),
          .removed = reader.count("removed"),
          .kept = reader.count("kept"),
          .failed = reader.count("failed"),
          .actions = {}};
}

CleanupRunAnswer decode_recorded_run(const JsonReader& reader) {
  CleanupRunAnswer run = decode_run(reader);
  run.actions = decode_list(reader.objects("actions"), decode_recorded);
  return run;
}

CleanupProgressAnswer decode_progress(const JsonReader& reader) {
  return {.trigger = reader.text("trigger"),
          .done = reader.count("done"),
          .planned = reader.count("planned"),
          .object = reader.text("object")};
}

CleanupStatusAnswer decode_status(const JsonReader& reader) {
  CleanupStatusAnswer status{.mode = reader.text("mode"),
                             .running = reader.boolean("running"),
                             .error = reader.optional_text("error"),
                             .socket = reader.optional_text("socket"),
                             .engine = reader.optional_text("engine"),
                             .engine_error = reader.optional_text("engine_error"),
                             .watching = reader.boolean("watching"),
                             .watched_since_ms = decode_time(reader, "watched_since_ms"),
                             .event_gaps = reader.count("event_gaps"),
                             .disks = decode_list(reader.objects("disks"), decode_disk),
                             .pressure = reader.optional_text("pressure"),
                             .held = reader.optional_text("held"),
                             .next_run_ms = decode_time(reader, "next_run_ms"),
                             .progress = {},
                             .last_run = {}};
  if (const auto progress = reader.optional_object("progress")) status.progress = decode_progress(*progress);
  if (const auto last_run = reader.optional_object("last_run")) status.last_run = decode_run(*last_run);
  return status;
}

SkippedKindAnswer decode_skipped(const JsonReader& reader) {
  return {.kind = reader.text("kind"), .problem = reader.text("problem")};
}

CleanupPlanAnswer decode_plan(const JsonReader& reader) {
  CleanupPlanAnswer plan{.mode = reader.text("mode"),
                         .run = decode_run(reader.object("run")),
                         .held = reader.optional_text("held"),
                         .disks = decode_list(reader.objects("disks"), decode_disk),
                         .incomplete = decode_list(reader.objects("incomplete"), decode_skipped),
                         .kept = {},
                         .actions = decode_list(reader.objects("actions"), decode_planned),
                         .verdicts = {}};
  for (const JsonReader& kept : reader.objects("kept")) {
    plan.kept.emplace_back(kept.text("reason"), kept.count("objects"));
  }
  return plan;
}

}  // namespace

Answer<CleanupStatusAnswer> parse_cleanup_status(std::string_view body) {
  return decode_with(body, decode_status);
}

Answer<CleanupPlanAnswer> parse_cleanup_plan(std::string_view body, bool with_verdicts) {
  return decode_with(body, [with_verdicts](const JsonReader& reader) {
    CleanupPlanAnswer plan = decode_plan(reader);
    if (with_verdicts) plan.verdicts = decode_list(reader.objects("verdicts"), decode_verdict);
    return plan;
  });
}

Answer<std::vector<CleanupRunAnswer>> parse_cleanup_history(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) {
    return decode_list(reader.objects("runs"), decode_recorded_run);
  });
}

Answer<std::int64_t> parse_cleanup_begun(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) { return reader.integer("begun_ms"); });
}

}  // namespace caretaker::ctl
