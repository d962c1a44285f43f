// SPDX-License-Identifier: MIT
#include "daemon/job_spec.h"

#include <algorithm>
#include <map>

#include "collectors/collector.h"
#include "sql/mysql_delivery.h"

namespace caretaker {
namespace {

// A flush that MySQL answers slowly is still at work: the statement timeouts end it, this one only reports
// it.
constexpr milliseconds delivery_timeout_margin{5'000};
// A command is killed at its timeout; only when that does not end it the job is stuck.
constexpr milliseconds command_timeout_margin{10'000};

// A run removes one object after the other, and a large one takes minutes; pulls take as long as the network
// does.
constexpr milliseconds cleanup_timeout{2 * 3'600'000};
constexpr milliseconds pull_timeout{2 * 3'600'000};
constexpr std::string_view pull_prefix = "pull.";

CollectorConfig collector_config(const Config& config, std::string_view name) {
  const auto found = config.collectors.find(std::string(name));
  return found == config.collectors.end() ? CollectorConfig{} : found->second;
}

// Copies into `to` the settings that the collector reads.
void copy_collector_settings(std::string_view name, const Config& from, Config& to) {
  if (name == "filesystem") to.filesystem = from.filesystem;
  if (name == "disk") to.disk = from.disk;
  if (name == "network" || name == "system") to.network = from.network;
}

bool has_own_job(const CollectorConfig& own) {
  return own.interval.count() != 0 || own.timeout.count() != 0;
}

JobSpec sampling_job(const Config& config, std::string name, const CollectorConfig& own) {
  return {.name = std::move(name),
          .interval = own.interval.count() != 0 ? own.interval : config.service.interval,
          .timeout = own.timeout.count() != 0 ? own.timeout : config.service.job_timeout,
          .settings = SamplingSettings{}};
}

void add_collector(JobSpec& job, std::string_view name, const Config& config) {
  auto& settings = std::get<SamplingSettings>(job.settings);
  settings.collectors.emplace_back(name);
  copy_collector_settings(name, config, settings.config);
}

// A default job whose namesake has a job of its own is named after the first collector that stays.
std::map<std::string, JobSpec> sampling_jobs(const Config& config) {
  std::map<std::string, JobSpec> jobs;
  std::map<std::string_view, std::string> group_names;
  for (const CollectorInfo& collector : collector_registry()) {
    const CollectorConfig own = collector_config(config, collector.name);
    if (!own.enabled) continue;
    if (has_own_job(own)) {
      const std::string name(collector.name);
      add_collector(jobs.emplace(name, sampling_job(config, name, own)).first->second, name, config);
      continue;
    }
    const bool namesake_left = has_own_job(collector_config(config, collector.job));
    std::string& group = group_names[collector.job];
    if (group.empty()) group = namesake_left ? collector.name : collector.job;
    add_collector(jobs.emplace(group, sampling_job(config, group, own)).first->second, collector.name,
                  config);
  }
  return jobs;
}

}  // namespace

std::string_view JobSpec::kind() const {
  if (std::holds_alternative<SamplingSettings>(settings)) return "collectors";
  if (std::holds_alternative<DeliverySettings>(settings)) return "mysql";
  if (std::holds_alternative<CleanupSettings>(settings)) return "cleanup";
  if (std::holds_alternative<PullSettings>(settings)) return "pull";
  return "command";
}

std::vector<JobSpec> plan_jobs(const Config& config) {
  std::map<std::string, JobSpec> jobs = sampling_jobs(config);
  if (config.mysql.enabled()) {
    const auto servers = static_cast<int>(std::max<std::size_t>(1, config.mysql.hosts.size()));
    const milliseconds connecting_time = servers * config.mysql.connect_timeout;
    jobs["mysql"] = {.name = "mysql",
                     .interval = config.mysql.flush_interval,
                     .timeout = connecting_time + flush_time_max(config.mysql) + config.mysql.io_timeout +
                                delivery_timeout_margin,
                     .settings = DeliverySettings{.mysql = config.mysql}};
  }
  for (const auto& [name, command] : config.command_jobs) {
    jobs[name] = {.name = name,
                  .interval = command.interval.count() != 0 ? command.interval : config.service.interval,
                  .timeout = command.timeout + command_timeout_margin,
                  .enabled = command.enabled,
                  .settings = command};
  }
  if (config.cleanup.mode != CleanupMode::off) {
    jobs["cleanup"] = {
        .name = "cleanup",
        .interval = config.cleanup.check_interval,
        .timeout = cleanup_timeout,
        .settings = CleanupSettings{.cleanup = config.cleanup, .docker = config.docker_cleanup}};
  }
  for (const auto& [name, pull] : config.pulls) {
    const std::string job = std::string(pull_prefix) + name;
    jobs[job] = {.name = job,
                 .interval = pull.interval,
                 .timeout = pull_timeout,
                 .enabled = pull.enabled,
                 .settings = PullSettings{.pull = pull, .socket = config.docker_cleanup.socket}};
  }
  std::vector<JobSpec> specs;
  for (auto& [name, spec] : jobs) specs.push_back(std::move(spec));
  return specs;
}

}  // namespace caretaker
