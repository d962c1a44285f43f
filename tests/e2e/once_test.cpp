// SPDX-License-Identifier: MIT
// caretakerd --once on the machine that the tests run on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/text.h"
#include "collectors/collector.h"
#include "support/daemon_process.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

ChildResult once(const std::string& format, const std::string& collectors = "all") {
  return run_program("caretakerd", {"--once", "--format", format, "--collectors", collectors});
}

std::string word(std::string_view line, std::size_t index) {
  return std::string(split(line, ' ').at(index));
}

TEST(Once, TableHasAHeadAndALinePerSample) {
  const ChildResult ended = once("table");
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
  EXPECT_TRUE(ended.standard_output.starts_with("METRIC "));
  EXPECT_THAT(ended.standard_output, HasSubstr("\nmemory_MemTotal_bytes "));
  EXPECT_THAT(ended.standard_output, HasSubstr("\nload1 "));
}

TEST(Once, JsonHasASampleOfEveryCollectorWithASource) {
  const ChildResult ended = once("json");
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
  const auto json = nlohmann::json::parse(ended.standard_output);
  EXPECT_EQ(json.at("failures"), nlohmann::json::array());
  std::set<std::string> collectors;
  for (const auto& sample : json.at("samples")) {
    collectors.insert(sample.at("collector"));
    EXPECT_TRUE(sample.at("value").is_number());
    EXPECT_TRUE(sample.at("labels").is_object());
  }
  for (const char* name : {"cpu", "stat", "load", "memory", "vmstat", "system", "uptime"}) {
    EXPECT_TRUE(collectors.contains(name)) << name;
  }
}

// The text format 0.0.4: families are announced once and stay together, no sample appears twice.
TEST(Once, PrometheusTextFollowsItsGrammar) {
  const ChildResult ended = once("prometheus");
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
  const std::string name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  const std::string label = R"([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*")";
  const std::string number = "([-+]?([0-9]+|[0-9]+\\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]Inf|NaN)";
  const std::string sample = name + "([{]" + label + "(," + label + ")*[}])? " + number;
  std::string helped;
  std::string family;
  std::set<std::string> families;
  std::set<std::string> samples;
  std::istringstream lines(ended.standard_output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      EXPECT_THAT(line, MatchesRegex("# HELP " + name + " .+"));
      helped = word(line, 2);
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_THAT(line, MatchesRegex("# TYPE " + name + " (gauge|counter)"));
      family = word(line, 2);
      EXPECT_EQ(family, helped);
      EXPECT_TRUE(families.insert(family).second) << line;
    } else {
      EXPECT_THAT(line, MatchesRegex(sample));
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
      EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_TRUE(ended.standard_output.ends_with('\n'));
  EXPECT_TRUE(families.contains("node_memory_MemTotal_bytes"));
  EXPECT_TRUE(families.contains("node_cpu_seconds_total"));
}

TEST(Once, CollectsOnlyTheNamedCollectors) {
  const ChildResult ended = once("json", "load,uptime");
  EXPECT_EQ(ended.exit_status, 0);
  const auto json = nlohmann::json::parse(ended.standard_output);
  std::set<std::string> collectors;
  for (const auto& sample : json.at("samples")) collectors.insert(sample.at("collector"));
  EXPECT_THAT(collectors, testing::ElementsAre("load", "uptime"));
}

TEST(Once, RefusesUnknownNamesWithTheNearestOne) {
  const ChildResult collector = once("table", "cpuu");
  EXPECT_EQ(collector.exit_status, 2);
  EXPECT_THAT(collector.standard_error, HasSubstr("did you mean 'cpu'"));
  EXPECT_EQ(once("xml").exit_status, 2);
  EXPECT_EQ(run_program("caretakerd", {"--onse"}).exit_status, 2);
}

TEST(Once, NeedsNoHomeNoConfigurationAndNoRoot) {
  const auto ended =
      run_child({.command = {"env", "-i", public_program("caretakerd"), "--once", "--format", "json"},
                 .environment = {},
                 .user = ::geteuid() == 0 ? "nobody" : ""},
                {});
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->exit_status, 0) << ended->standard_error;
  EXPECT_EQ(ended->standard_error, "");
}

}  // namespace
}  // namespace caretaker
