// SPDX-License-Identifier: MIT
#include "config/section.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "config/key_table.h"

namespace caretaker {
namespace {

using std::string_view;

constexpr string_view collector_prefix = "collector.";
constexpr string_view job_prefix = "job.";
constexpr string_view pull_prefix = "pull.";
constexpr std::size_t job_name_bytes_max = 32;

// The daemon's own jobs (docs/architecture.md). The collectors' names are taken as well.
constexpr std::array<string_view, 9> built_in_jobs = {"cpu",    "memory", "disk",  "filesystem", "network",
                                                      "system", "self",   "mysql", "cleanup"};

std::string did_you_mean(string_view word, std::span<const string_view> candidates) {
  const auto nearest = nearest_word(word, candidates);
  return nearest ? " (did you mean '" + std::string(*nearest) + "'?)" : "";
}

Result<> check_collector(string_view name, std::span<const string_view> collector_names) {
  if (std::ranges::find(collector_names, name) != collector_names.end()) return {};
  return fail("unknown collector" + did_you_mean(name, collector_names));
}

Result<> check_job(string_view name, std::span<const string_view> collector_names) {
  if (name.empty() || name.size() > job_name_bytes_max || name.contains('.')) {
    return fail("a job's name consists of 1 to " + std::to_string(job_name_bytes_max) +
                " letters, digits, '_' and '-'");
  }
  if (std::ranges::find(built_in_jobs, name) != built_in_jobs.end() ||
      std::ranges::find(collector_names, name) != collector_names.end()) {
    return fail("the name '" + std::string(name) + "' belongs to a built-in job: choose another one");
  }
  return {};
}

Result<> check_pull(string_view name) {
  if (name.empty() || name.size() > job_name_bytes_max || name.contains('.')) {
    return fail("a pull's name consists of 1 to " + std::to_string(job_name_bytes_max) +
                " letters, digits, '_' and '-'");
  }
  return {};
}

std::string nearest_section(string_view name, std::span<const string_view> collector_names) {
  std::vector<std::string> sections;
  for (const string_view collector : collector_names) {
    sections.push_back(std::string(collector_prefix) + std::string(collector));
  }
  for (const Key& key : key_table()) {
    if (instance_of(key.section).empty()) sections.emplace_back(key.section);
  }
  return did_you_mean(name, std::vector<string_view>(sections.begin(), sections.end()));
}

}  // namespace

Result<> check_section(string_view name, std::span<const string_view> collector_names) {
  if (name.starts_with(collector_prefix)) {
    return check_collector(name.substr(collector_prefix.size()), collector_names);
  }
  if (name.starts_with(job_prefix)) return check_job(name.substr(job_prefix.size()), collector_names);
  if (name.starts_with(pull_prefix)) return check_pull(name.substr(pull_prefix.size()));
  if (name == "job" || name == "collector" || name == "pull") {
    return fail("a name is missing: write [" + std::string(name) + ".NAME]");
  }
  if (!keys_of(name).empty()) return {};
  return fail("unknown section" + nearest_section(name, collector_names));
}

}  // namespace caretaker
