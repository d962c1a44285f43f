// SPDX-License-Identifier: MIT
#include "daemon/status_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace caretaker {
namespace {

using nlohmann::json;

json to_json(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

// Labels are stored as valid JSON; a hostile store must still not throw into the control server.
json parse_labels(const std::string& labels) {
  json parsed = json::parse(labels, nullptr, false);
  return parsed.is_object() ? parsed : json::object();
}

}  // namespace

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Reply ok(const json& body) {
  return {.status = 200, .json = dump(body)};
}

json moment(std::int64_t time_ms) {
  return time_ms == 0 ? json() : json(time_ms);
}

json to_json(const JobStatus& job) {
  json collectors = json::array();
  if (const auto* sampling = std::get_if<SamplingSettings>(&job.spec.settings))
    collectors = sampling->collectors;
  return {{"name", job.spec.name},
          {"kind", job.spec.kind()},
          {"state", to_string(job.state)},
          {"collectors", collectors},
          {"interval_ms", job.spec.interval.count()},
          {"timeout_ms", job.spec.timeout.count()},
          {"last_run_ms", moment(job.last_run_ms)},
          {"last_duration_ms", static_cast<double>(job.last_duration_ns) / static_cast<double>(ns_per_ms)},
          {"next_run_ms", moment(job.next_run_ms)},
          {"runs", job.runs},
          {"failures", job.failures},
          {"missed", job.missed},
          {"last_error", job.last_error}};
}

json to_json(const std::vector<JobStatus>& jobs) {
  json list = json::array();
  for (const JobStatus& job : jobs) list.push_back(to_json(job));
  return list;
}

json count_states(const std::vector<JobStatus>& jobs) {
  json counts = {{"total", jobs.size()}};
  for (const JobState state :
       {JobState::idle, JobState::running, JobState::stuck, JobState::paused, JobState::failed}) {
    counts[std::string(to_string(state))] = std::ranges::count(jobs, state, &JobStatus::state);
  }
  return counts;
}

json to_json(const Headline& headline) {
  return {{"time_ms", moment(headline.time_ms)},
          {"cpu_percent", to_json(headline.cpu_percent)},
          {"memory_percent", to_json(headline.memory_percent)},
          {"disk_percent", to_json(headline.disk_percent)},
          {"sent_bytes_per_second", to_json(headline.sent_bytes_per_second)},
          {"received_bytes_per_second", to_json(headline.received_bytes_per_second)}};
}

json to_json(const StoreStatus& store, const std::string& path) {
  return {{"path", path},
          {"writable", store.writable},
          {"last_error", store.last_error},
          {"size_bytes", store.size_bytes},
          {"collected", store.counters.collected},
          {"delivered", store.counters.delivered},
          {"pending", store.counters.pending},
          {"expired", store.counters.expired},
          {"dropped", store.counters.dropped},
          {"last_seq", store.last_seq},
          {"delivered_seq", store.delivered_seq},
          {"queue_samples", store.queue_samples},
          {"commits", store.commits},
          {"last_commit_us", store.last_commit_duration.count()}};
}

json to_json(const DeliveryStatus& delivery, const StoreStatus& store, std::int64_t now_ms) {
  const std::int64_t lag_ms =
      store.oldest_pending_ms == 0 ? 0 : std::max<std::int64_t>(0, now_ms - store.oldest_pending_ms);
  return {{"enabled", true},
          {"connected", delivery.connected},
          {"server", delivery.server},
          {"last_error", delivery.last_error},
          {"notes", delivery.notes},
          {"lag_ms", lag_ms},
          {"rows", delivery.rows},
          {"duplicates", delivery.duplicates},
          {"refused", delivery.refused},
          {"deliveries", delivery.deliveries},
          {"retries", delivery.retries}};
}

json to_json(const MetricPoint& point) {
  return {{"time_ms", point.time_ms},
          {"metric", point.metric},
          {"labels", parse_labels(point.labels)},
          {"unit", point.unit},
          {"value", point.value}};
}

}  // namespace caretaker
