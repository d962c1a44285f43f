// SPDX-License-Identifier: MIT
#include "daemon/http_route.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

const std::vector<Route> routes = {
    {.method = "GET", .path = "/v1/jobs", .help = "all"},
    {.method = "GET", .path = "/v1/jobs/all", .help = "literal"},
    {.method = "GET", .path = "/v1/jobs/{name}", .help = "one"},
    {.method = "POST", .path = "/v1/jobs/{name}", .changes = true, .help = "set"},
    {.method = "POST", .path = "/v1/jobs/{name}/runs/{run}", .changes = true, .help = "deep"},
};

RouteMatch find(std::string_view method, const std::vector<std::string>& segments) {
  return find_route(routes, method, segments);
}

TEST(FindRoute, TakesTheFirstThatFits) {
  EXPECT_EQ(find("GET", {"v1", "jobs"}).route->help, "all");
  EXPECT_EQ(find("GET", {"v1", "jobs", "all"}).route->help, "literal");
  EXPECT_EQ(find("GET", {"v1", "jobs", "cpu"}).route->help, "one");
  EXPECT_EQ(find("POST", {"v1", "jobs", "all"}).route->help, "set");
}

TEST(FindRoute, NamesThePartsOfThePath) {
  const RouteMatch match = find("POST", {"v1", "jobs", "a/b", "runs", "7"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.path.at("name"), "a/b");
  EXPECT_EQ(match.path.at("run"), "7");
}

TEST(FindRoute, ListsTheMethodsOfAPathThatLacksThisOne) {
  const RouteMatch match = find("PUT", {"v1", "jobs", "cpu"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, POST");
}

TEST(FindRoute, FindsNothingForUnknownPathsAndEmptyNames) {
  for (const std::vector<std::string>& segments : {std::vector<std::string>{},
                                                   {""},
                                                   {"v1"},
                                                   {"v1", "jobs", ""},
                                                   {"v2", "jobs"},
                                                   {"v1", "jobs", "a", "b"}}) {
    const RouteMatch match = find("GET", segments);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allow, "");
  }
}

TEST(PathParameters, AreTheNamesInOrder) {
  EXPECT_EQ(path_parameters("/v1/jobs/{name}/runs/{run}"), (std::vector<std::string_view>{"name", "run"}));
  EXPECT_TRUE(path_parameters("/v1/status").empty());
}

}  // namespace
}  // namespace caretaker
