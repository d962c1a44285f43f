// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace caretaker {

// What a sampling job collects. `config` holds only what its collectors depend on, so that comparing two of
// these tells whether a reload touches the job.
struct SamplingSettings {
  std::vector<std::string> collectors;
  Config config;
  bool operator==(const SamplingSettings&) const = default;
};

struct DeliverySettings {
  MysqlConfig mysql;
  bool operator==(const DeliverySettings&) const = default;
};

struct CleanupSettings {
  CleanupConfig cleanup;
  DockerCleanupConfig docker;
  bool operator==(const CleanupSettings&) const = default;
};

struct PullSettings {
  PullConfig pull;
  std::string socket;
  bool operator==(const PullSettings&) const = default;
};

// One job as the configuration asks for it. Plain value: a reload compares old and new.
struct JobSpec {
  std::string name;
  milliseconds interval{0};
  milliseconds timeout{0};
  bool enabled = true;  // false: listed, but paused
  std::variant<SamplingSettings, DeliverySettings, CommandJobConfig, CleanupSettings, PullSettings> settings;
  bool operator==(const JobSpec&) const = default;

  // "collectors", "mysql", "command", "cleanup" or "pull".
  [[nodiscard]] std::string_view kind() const;
};

// The jobs of a configuration, sorted by name: the default jobs with the collectors that have no interval or
// timeout of their own, one job per collector that has, `mysql` where a server is configured, `cleanup`
// unless it is off, the command jobs, and `pull.NAME` for each pull.
[[nodiscard]] std::vector<JobSpec> plan_jobs(const Config& config);

}  // namespace caretaker
