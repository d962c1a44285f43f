// SPDX-License-Identifier: MIT
#include "ctl/answers.h"

#include <fmt/format.h>

#include "ctl/decode.h"

namespace caretaker::ctl {

namespace {

HeadlineAnswer decode_headline(const JsonReader& reader) {
  return {.time_ms = decode_time(reader, "time_ms"),
          .cpu_percent = reader.optional_number("cpu_percent"),
          .memory_percent = reader.optional_number("memory_percent"),
          .disk_percent = reader.optional_number("disk_percent"),
          .sent_bytes_per_second = reader.optional_number("sent_bytes_per_second"),
          .received_bytes_per_second = reader.optional_number("received_bytes_per_second")};
}

JobCountsAnswer decode_job_counts(const JsonReader& reader) {
  return {.total = reader.count("total"),
          .idle = reader.count("idle"),
          .running = reader.count("running"),
          .stuck = reader.count("stuck"),
          .paused = reader.count("paused"),
          .failed = reader.count("failed")};
}

StoreAnswer decode_store(const JsonReader& reader) {
  const auto dropped = reader.counts_by_name("dropped");
  return {.path = reader.text("path"),
          .writable = reader.boolean("writable"),
          .last_error = reader.optional_text("last_error"),
          .size_bytes = reader.count("size_bytes"),
          .collected = reader.count("collected"),
          .delivered = reader.count("delivered"),
          .pending = reader.count("pending"),
          .expired = reader.count("expired"),
          .dropped = {dropped.begin(), dropped.end()},
          .queue_samples = reader.count("queue_samples")};
}

MysqlAnswer decode_mysql(const JsonReader& reader) {
  if (!reader.boolean("enabled")) return {};
  return {.enabled = true,
          .connected = reader.boolean("connected"),
          .server = reader.optional_text("server"),
          .last_error = reader.optional_text("last_error"),
          .notes = reader.texts("notes"),
          .lag_ms = reader.optional_integer("lag_ms"),
          .rows = reader.count("rows")};
}

StatusAnswer decode_status(const JsonReader& reader) {
  return {.version = reader.text("version"),
          .pid = reader.integer("pid"),
          .host = reader.text("host"),
          .uptime_ms = reader.integer("uptime_ms"),
          .interval_ms = reader.integer("interval_ms"),
          .config_file = reader.optional_text("config_file"),
          .headline = decode_headline(reader.object("headline")),
          .jobs = decode_job_counts(reader.object("jobs")),
          .store = decode_store(reader.object("store")),
          .mysql = decode_mysql(reader.object("mysql")),
          .notes = reader.texts("notes")};
}

JobAnswer decode_job(const JsonReader& reader) {
  return {.name = reader.text("name"),
          .kind = reader.text("kind"),
          .state = reader.text("state"),
          .timeout_ms = reader.optional_integer("timeout_ms"),
          .last_run_ms = decode_time(reader, "last_run_ms"),
          .last_duration_ms = reader.optional_number("last_duration_ms"),
          .next_run_ms = decode_time(reader, "next_run_ms"),
          .runs = reader.count("runs"),
          .failures = reader.count("failures"),
          .missed = reader.count("missed"),
          .last_error = reader.optional_text("last_error")};
}

RunAnswer decode_run(const JsonReader& reader) {
  return {.job = reader.text("job"),
          .outcome = reader.text("outcome"),
          .duration_ms = reader.number("duration_ms"),
          .message = reader.optional_text("message"),
          .exit_status = reader.optional_integer("exit_status")};
}

MetricAnswer decode_metric(const JsonReader& reader) {
  return {.time_ms = reader.integer("time_ms"),
          .metric = reader.text("metric"),
          .labels = reader.texts_by_name("labels"),
          .value = reader.optional_number("value"),
          .unit = reader.optional_text("unit")};
}

PointAnswer decode_point(const JsonReader& reader) {
  return {.time_ms = reader.integer("time_ms"),
          .labels = reader.texts_by_name("labels"),
          .value = reader.optional_number("value")};
}

ExitCode exit_code_of(int http_status, std::string_view code) {
  if (http_status == 403) return ExitCode::not_permitted;
  if (http_status == 422 && code == "config_invalid") return ExitCode::config_invalid;
  return ExitCode::failed;
}

}  // namespace

Failure bad_answer(std::string_view what) {
  return {.code = "bad_answer",
          .message = fmt::format("the daemon's answer makes no sense: {}", what),
          .hint = "caretakerctl and caretakerd may be of different versions"};
}

Answer<StatusAnswer> parse_status(std::string_view body) {
  return decode_with(body, decode_status);
}

Answer<std::vector<JobAnswer>> parse_jobs(std::string_view body) {
  return decode_with(
      body, [](const JsonReader& reader) { return decode_list(reader.objects("jobs"), decode_job); });
}

Answer<AllJobsAnswer> parse_all_jobs(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) {
    return AllJobsAnswer{.jobs = decode_list(reader.objects("jobs"), decode_job),
                         .refused = reader.optional_texts("refused")};
  });
}

Answer<JobAnswer> parse_job(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) { return decode_job(reader.object("job")); });
}

Answer<RunAnswer> parse_run(std::string_view body) {
  return decode_with(body, decode_run);
}

Answer<ReloadAnswer> parse_reload(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) {
    return ReloadAnswer{.changed = reader.texts("changed"),
                        .needs_restart = reader.optional_texts("needs_restart"),
                        .problems = reader.optional_texts("problems")};
  });
}

Answer<std::vector<MetricAnswer>> parse_metrics(std::string_view body) {
  return decode_with(
      body, [](const JsonReader& reader) { return decode_list(reader.objects("metrics"), decode_metric); });
}

Answer<HistoryAnswer> parse_history(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) {
    return HistoryAnswer{.metric = reader.text("metric"),
                         .unit = reader.optional_text("unit"),
                         .points = decode_list(reader.objects("points"), decode_point),
                         .truncated = reader.boolean("truncated")};
  });
}

Answer<std::string> parse_version(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) { return reader.text("version"); });
}

Failure parse_failure(int http_status, std::string_view body) {
  Failure failure;
  const auto decoded = decode_with(body, [&](const JsonReader& reader) {
    const JsonReader error = reader.object("error");
    failure.code = error.text("code");
    failure.message = error.text("message");
    failure.hint = error.optional_text("hint");
    if (failure.code == "config_invalid") failure.problems = reader.texts("problems");
    return true;
  });
  if (!decoded && failure.message.empty()) {
    failure = {.code = "bad_answer",
               .message = fmt::format("the daemon refused with HTTP status {} and no reason", http_status)};
  }
  failure.exit = exit_code_of(http_status, failure.code);
  return failure;
}

Answer<> check_json_object(std::string_view body) {
  const Result<JsonDocument> document = JsonDocument::parse(body);
  if (!document) return std::unexpected(bad_answer(document.error().message));
  return {};
}

Answer<std::string> job_json(std::string_view body) {
  return decode_with(body, [](const JsonReader& reader) { return reader.object_text("job"); });
}

}  // namespace caretaker::ctl
