// SPDX-License-Identifier: MIT
#include "ctl/answers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ctl/canned.h"

namespace caretaker::ctl {
namespace {

using nlohmann::json;

std::string message_of(const Failure& failure) {
  const std::string prefix = "the daemon's answer makes no sense: ";
  return failure.message.starts_with(prefix) ? failure.message.substr(prefix.size()) : failure.message;
}

TEST(ParseStatus, NamesTheMemberThatIsMissingOrWrong) {
  const std::pair<std::string, json> cases[] = {{"/version", 7},
                                                {"/pid", "x"},
                                                {"/uptime_ms", 1.5},
                                                {"/headline", json::array()},
                                                {"/jobs/stuck", -1},
                                                {"/jobs", true},
                                                {"/store/size_bytes", 1e30},
                                                {"/store/writable", 1},
                                                {"/store/dropped", {1}},
                                                {"/mysql", "x"},
                                                {"/mysql/lag_ms", json::object()},
                                                {"/notes", {1}},
                                                {"/store/path", json::object()},
                                                {"/pid", 18446744073709551615ULL}};
  for (const auto& [pointer, wrong] : cases) {
    json status = json::parse(canned::status_well);
    status[json::json_pointer(pointer)] = wrong;
    const auto parsed = parse_status(status.dump());
    ASSERT_FALSE(parsed) << pointer;
    std::string place = pointer.substr(1);
    std::ranges::replace(place, '/', '.');
    EXPECT_TRUE(message_of(parsed.error()).starts_with(place)) << parsed.error().message;
  }
}

TEST(ParseStatus, FailsForEveryMissingPartAndNeverCrashes) {
  for (const char* name : {"version", "pid", "host", "uptime_ms", "interval_ms", "headline", "jobs", "store",
                           "mysql", "notes"}) {
    json status = json::parse(canned::status_well);
    status.erase(name);
    const auto parsed = parse_status(status.dump());
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(message_of(parsed.error()), std::string(name) + " is missing");
  }
}

// Every parser on every canned answer with each of its values replaced: a value or a failure, nothing else.
TEST(Parsers, SurviveAnyReplacedValue) {
  for (const char* text :
       {canned::status_ill, canned::jobs, canned::metrics, canned::history, canned::cpu_job}) {
    const json flat = json::parse(text).flatten();
    for (const auto& item : flat.items()) {
      for (const json& other : {json(nullptr), json(-1), json(1e308), json("x"), json(true),
                                json(json::value_t::array), json(json::value_t::object)}) {
        json changed = json::parse(text);
        changed[json::json_pointer(item.key())] = other;
        const std::string body = changed.dump();
        (void)parse_status(body);
        (void)parse_jobs(body);
        (void)parse_job(body);
        (void)parse_run(body);
        (void)parse_reload(body);
        (void)parse_metrics(body);
        (void)parse_history(body);
        (void)parse_version(body);
        (void)parse_failure(500, body);
      }
    }
  }
}

TEST(ParseMetrics, KeepsTheOrderOfLabels) {
  const auto parsed = parse_metrics(
      R"({"metrics":[{"time_ms":1,"metric":"m","labels":{"z":"1","a":"2"},"value":18446744073709551615,"unit":""}]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->front().labels, (Labels{{"z", "1"}, {"a", "2"}}));
  EXPECT_EQ(parsed->front().value, 18446744073709551616.0);
}

TEST(ParseFailure, KeepsTheMistakesOfAConfiguration) {
  const Failure failure =
      parse_failure(422, R"({"error":{"code":"config_invalid","message":"2 mistakes","hint":"h"},
      "problems":["a:1: x","b:2: y"]})");
  EXPECT_EQ(failure.exit, ExitCode::config_invalid);
  EXPECT_EQ(failure.problems, (std::vector<std::string>{"a:1: x", "b:2: y"}));
  EXPECT_EQ(parse_failure(422, R"({"error":{"code":"config_invalid","message":"m"}})").exit,
            ExitCode::config_invalid);
}

}  // namespace
}  // namespace caretaker::ctl
