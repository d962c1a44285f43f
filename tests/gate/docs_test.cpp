// SPDX-License-Identifier: MIT
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
