// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/failure.h"

// What the daemon answers (docs/api.md), typed. Times are UTC milliseconds; a time that the API gives as 0
// and what it gives as null is an empty optional or an empty string. A missing member or a wrong type fails
// and names its place.
namespace caretaker::ctl {

struct HeadlineAnswer {
  std::optional<std::int64_t> time_ms;
  std::optional<double> cpu_percent;
  std::optional<double> memory_percent;
  std::optional<double> disk_percent;
  std::optional<double> sent_bytes_per_second;
  std::optional<double> received_bytes_per_second;
};

struct JobCountsAnswer {
  std::uint64_t total = 0;
  std::uint64_t idle = 0;
  std::uint64_t running = 0;
  std::uint64_t stuck = 0;
  std::uint64_t paused = 0;
  std::uint64_t failed = 0;
};

struct StoreAnswer {
  std::string path;
  bool writable = false;
  std::string last_error;
  std::uint64_t size_bytes = 0;
  std::uint64_t collected = 0;
  std::uint64_t delivered = 0;
  std::uint64_t pending = 0;
  std::uint64_t expired = 0;
  std::map<std::string, std::uint64_t> dropped;  // by reason
  std::uint64_t queue_samples = 0;
};

struct MysqlAnswer {
  bool enabled = false;
  bool connected = false;
  std::string server;
  std::string last_error;
  std::vector<std::string> notes;
  std::optional<std::int64_t> lag_ms;
  std::uint64_t rows = 0;
};

struct StatusAnswer {
  std::string version;
  std::int64_t pid = 0;
  std::string host;
  std::int64_t uptime_ms = 0;
  std::int64_t interval_ms = 0;
  std::string config_file;
  HeadlineAnswer headline;
  JobCountsAnswer jobs;
  StoreAnswer store;
  MysqlAnswer mysql;
  std::vector<std::string> notes;
};

struct JobAnswer {
  std::string name;
  std::string kind;
  std::string state;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int64_t> last_run_ms;  // tick of the last finished run
  std::optional<double> last_duration_ms;
  std::optional<std::int64_t> next_run_ms;
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;
  std::string last_error;
};

// What start, stop and restart of all jobs give.
struct AllJobsAnswer {
  std::vector<JobAnswer> jobs;
  std::vector<std::string> refused;  // why, of each job that refused
};

struct RunAnswer {
  std::string job;
  std::string outcome;  // ok, failed or no_data
  double duration_ms = 0;
  std::string message;
  std::optional<std::int64_t> exit_status;
};

struct ReloadAnswer {
  std::vector<std::string> changed;        // jobs
  std::vector<std::string> needs_restart;  // settings that wait for the next start
  std::vector<std::string> problems;       // warnings
};

using Labels = std::vector<std::pair<std::string, std::string>>;  // in the order of the answer

struct MetricAnswer {
  std::int64_t time_ms = 0;
  std::string metric;
  Labels labels;
  std::optional<double> value;
  std::string unit;
};

struct PointAnswer {
  std::int64_t time_ms = 0;
  Labels labels;
  std::optional<double> value;
};

struct HistoryAnswer {
  std::string metric;
  std::string unit;
  std::vector<PointAnswer> points;
  bool truncated = false;
};

[[nodiscard]] Answer<StatusAnswer> parse_status(std::string_view body);
[[nodiscard]] Answer<std::vector<JobAnswer>> parse_jobs(std::string_view body);
[[nodiscard]] Answer<AllJobsAnswer> parse_all_jobs(std::string_view body);
[[nodiscard]] Answer<JobAnswer> parse_job(std::string_view body);
[[nodiscard]] Answer<RunAnswer> parse_run(std::string_view body);
[[nodiscard]] Answer<ReloadAnswer> parse_reload(std::string_view body);
[[nodiscard]] Answer<std::vector<MetricAnswer>> parse_metrics(std::string_view body);
[[nodiscard]] Answer<HistoryAnswer> parse_history(std::string_view body);
[[nodiscard]] Answer<std::string> parse_version(std::string_view body);

// The failure of an answer with a status outside 2xx; also of one whose body is not the API's error object.
[[nodiscard]] Failure parse_failure(int http_status, std::string_view body);

// Fails unless the body is one JSON object.
[[nodiscard]] Answer<> check_json_object(std::string_view body);

// The JSON text of the member `job` of an answer.
[[nodiscard]] Answer<std::string> job_json(std::string_view body);

}  // namespace caretaker::ctl
