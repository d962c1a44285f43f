// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/cleanup_record.h"
#include "base/record.h"

namespace caretaker {

// The moment at which the questions are asked: no answer depends on when the test runs.
inline constexpr std::chrono::sys_seconds cookbook_now =
    std::chrono::sys_days{std::chrono::year{2026} / 3 / 10} + std::chrono::hours{12} +
    std::chrono::minutes{34} + std::chrono::seconds{56};
inline constexpr std::int64_t cookbook_now_ms = cookbook_now.time_since_epoch().count() * 1000;

// web1 is also the host of the local store.
inline constexpr const char* cookbook_local_host = "web1";

struct CookbookRollup {
  std::int64_t time_ms;
  std::int64_t count;
  double min;
  double max;
  double sum;
  double last;
};

struct CookbookSample {
  std::int64_t time_ms;
  double value;
};

struct CookbookSeries {
  std::string host;
  std::string metric;
  std::string labels;
  std::vector<CookbookSample> samples;
  std::vector<CookbookRollup> minutes;
  std::vector<CookbookRollup> hours;
};

struct CookbookHeadline {
  std::string host;
  std::int64_t time_ms;
  double cpu_usage, memory_usage, disk_usage, net_sent, net_recv;
};

struct CookbookDelivery {
  std::string host;
  std::int64_t epoch;
  std::int64_t last_time_ms;
};

// Hosts whose answers are known: web1, db1, mail1 with little, and old1, which is silent. Samples and rollups
// are made for the questions, each for its own; the rest are series that no question asks for and that only a
// scan of a whole table would read.
struct CookbookData {
  std::vector<CookbookSeries> series;
  std::vector<CookbookHeadline> headlines;
  std::map<std::string, std::vector<Event>> events;                   // by host
  std::map<std::string, std::vector<JobRun>> job_runs;                // by host
  std::map<std::string, std::vector<CleanupRun>> cleanup_runs;        // by host
  std::map<std::string, std::vector<CleanupAction>> cleanup_actions;  // by host
  std::vector<CookbookDelivery> deliveries;
};

// How many rows that nobody asks for `samples`, `samples_1m`, `samples_1h` and `system_monitor` have each.
inline constexpr int cookbook_other_rows = 20'000;

[[nodiscard]] CookbookData cookbook_data();

}  // namespace caretaker
