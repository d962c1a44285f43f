// SPDX-License-Identifier: MIT
#include "daemon/api_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caretaker {
namespace {

using testing::HasSubstr;

TEST(ApiReference, DescribesEveryRouteOfTheTable) {
  const std::vector<Route> routes = {
      {.method = "GET",
       .path = "/v1/metrics",
       .help = "The newest values.",
       .query = {{"glob", "Which metrics."}}},
      {.method = "POST", .path = "/v1/jobs/{name}/run", .changes = true, .help = "Runs a job now."},
  };
  const std::string text = api_reference_markdown(routes);
  EXPECT_THAT(text, HasSubstr("| `GET` | `/v1/metrics` | read | The newest values. |\n"
                              "| `POST` | `/v1/jobs/{name}/run` | change | Runs a job now. |\n"));
  EXPECT_THAT(
      text, HasSubstr("\n## `GET /v1/metrics`\n\nThe newest values.\nFor everyone who can connect.\n\n"
                      "| parameter | in | meaning |\n|---|---|---|\n| `glob` | query | Which metrics. |\n"));
  EXPECT_THAT(text, HasSubstr("\n## `POST /v1/jobs/{name}/run`\n\nRuns a job now.\n"
                              "For root and the daemon's user.\n"));
  EXPECT_THAT(text, HasSubstr("| `name` | path | |\n"));
  EXPECT_THAT(text, HasSubstr(R"({"error": {"code": "not_found")"));
}

}  // namespace
}  // namespace caretaker
