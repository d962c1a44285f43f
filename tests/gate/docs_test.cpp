// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "gate/options.h"
#include "systemd/event_kinds.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

std::string page() {
  return read_file(CARETAKER_SOURCE_DIR "/docs/caretaker-docker-gate.md").value_or("");
}

TEST(GateDocs, ListWhatPassesAsItIs) {
  EXPECT_THAT(page(), HasSubstr("\n\n" + rules_markdown() + "\n"));
}

TEST(GateDocs, HaveTheLimitsOfTheCode) {
  EXPECT_THAT(page(), HasSubstr(fmt::format("{} requests are under way", relays_max)));
  EXPECT_THAT(page(), HasSubstr(fmt::format("{} connections are held", connections_max)));
  EXPECT_THAT(page(), HasSubstr(fmt::format("did not come within {} s", head_time_max.count() / 1000)));
  EXPECT_THAT(page(), HasSubstr(fmt::format("longer than {} KiB, or has more than {} header lines",
                                            head_bytes_max >> 10, header_lines_max)));
  EXPECT_THAT(page(), HasSubstr(fmt::format("At most {} KiB of an answer", answer_buffer_bytes >> 10)));
  EXPECT_THAT(page(), HasSubstr(fmt::format("than the {} of a minute", refusals_told_max)));
  const auto rate = [](const char* what, const Rate& limit) {
    const int burst = static_cast<int>(limit.burst);
    return fmt::format("more than {},{:03} {} at once and {} per second", burst / 1000, burst % 1000, what,
                       limit.per_second);
  };
  EXPECT_THAT(page(), HasSubstr(rate("questions", read_rate)));
  EXPECT_THAT(page(), HasSubstr(rate("changes", change_rate)));
}

TEST(GateDocs, NameTheKindsOfEntries) {
  for (const char* const kind :
       {"engine_change_passed", "engine_change_answered", "engine_request_refused",
        "engine_request_throttled", "gate_refusals_untold", "engine_unreachable", "engine_reached"}) {
    EXPECT_EQ(find_event_kind(kind).name, kind);
    EXPECT_THAT(page(), HasSubstr(std::string("| `").append(kind).append("` |")));
  }
}

}  // namespace
}  // namespace caretaker
