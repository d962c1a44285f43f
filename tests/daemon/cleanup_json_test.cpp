// SPDX-License-Identifier: MIT
#include "daemon/cleanup_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace caretaker {
namespace {

const std::string hex_digits = "5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6";

CleanupReport report_of(std::vector<Verdict> verdicts) {
  CleanupReport report;
  report.plan.verdicts = std::move(verdicts);
  return report;
}

// Whether an image of this name is among what `object` means.
bool means(const std::string& object, const std::string& name) {
  const CleanupReport report = report_of({{.id = "sha256:" + hex_digits, .names = {name}}});
  return !to_json(report, {.object = object})["verdicts"].empty();
}

TEST(CleanupJson, FindsAnObjectByItsNames) {
  EXPECT_TRUE(means("nginx:1.25", "nginx:1.25"));
  EXPECT_TRUE(means("nginx", "nginx:1.25"));
  EXPECT_TRUE(means("nginx", "nginx@sha256:" + hex_digits));
  EXPECT_TRUE(means("docker.io/library/nginx", "nginx:latest"));
  EXPECT_FALSE(means("ngin", "nginx:1.25"));
  EXPECT_FALSE(means("nginx:1.2", "nginx:1.25"));
  EXPECT_FALSE(means("localhost", "localhost:5000/nginx:1.25"));
}

TEST(CleanupJson, FindsAnObjectByItsIdOrEnoughOfItsBeginning) {
  EXPECT_TRUE(means("sha256:" + hex_digits, "x:1"));
  EXPECT_TRUE(means("sha256:5d0d", "x:1"));
  EXPECT_TRUE(means(hex_digits, "x:1"));
  EXPECT_TRUE(means("5d0da3", "x:1"));
  EXPECT_FALSE(means("5d0da", "x:1"));
  EXPECT_FALSE(means("5d0da4", "x:1"));
}

TEST(CleanupJson, TellsVerdictsOnlyWhereTheyWereAskedFor) {
  const CleanupReport report = report_of({{.id = "a"}, {.id = "b"}});
  EXPECT_FALSE(to_json(report, {}).contains("verdicts"));
  EXPECT_EQ(to_json(report, {.all = true})["verdicts"].size(), 2U);
  EXPECT_EQ(to_json(report, {.object = "b"})["verdicts"].size(), 1U);
}

TEST(CleanupJson, KeepsAStoreThatIsNoJsonOutOfTheAnswer) {
  CleanupRun run;
  run.verdicts = "{";
  EXPECT_EQ(to_json(run)["verdicts"], nlohmann::json::object());
  StoredCleanup stored;
  stored.actions = {{.names = "nonsense"}};
  EXPECT_EQ(to_json(stored)["actions"][0]["names"], nlohmann::json::array());
}

}  // namespace
}  // namespace caretaker
