// SPDX-License-Identifier: MIT
#include "e2e/views.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

nlohmann::json ask(const DaemonProcess& daemon, Words words) {
  words.emplace_back("--json");
  const ChildResult ended = daemon.ctl(words);
  if (ended.exit_status != 0) throw std::runtime_error(words.front() + ": " + ended.standard_error);
  return nlohmann::json::parse(ended.standard_output);
}

}  // namespace

nlohmann::json status_of(const DaemonProcess& daemon) {
  return ask(daemon, {"status"});
}

nlohmann::json job_of(const DaemonProcess& daemon, const std::string& name) {
  const nlohmann::json answer = ask(daemon, {"jobs"});
  for (const auto& job : answer.at("jobs")) {
    if (job.at("name") == name) return job;
  }
  throw std::runtime_error("no job " + name);
}

std::uint64_t runs_of(const DaemonProcess& daemon, const std::string& job) {
  return job_of(daemon, job).at("runs").get<std::uint64_t>();
}

std::map<std::string, std::int64_t> counters_of(const DaemonProcess& daemon) {
  std::map<std::string, std::int64_t> counters;
  for (const SqliteRow& row : sqlite_rows(daemon.store(), "SELECT name, value FROM counters")) {
    counters[row.at(0).text] = row.at(1).integer;
  }
  return counters;
}

void expect_balanced(const DaemonProcess& daemon) {
  // One statement, so one committed state even while the daemon writes.
  const SqliteRow row =
      sqlite_rows(daemon.store(),
                  "SELECT (SELECT value FROM counters WHERE name = 'collected'),"
                  " (SELECT SUM(value) FROM counters WHERE name <> 'collected'),"
                  " (SELECT SUM(value) FROM counters WHERE name IN ('delivered', 'pending')),"
                  " (SELECT COUNT(*) FROM samples)")
          .at(0);
  EXPECT_EQ(row.at(0).integer, row.at(1).integer);
  EXPECT_EQ(row.at(2).integer, row.at(3).integer);
}

}  // namespace caretaker
