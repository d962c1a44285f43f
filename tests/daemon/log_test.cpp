// SPDX-License-Identifier: MIT
#include "daemon/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "support/temp_dir.h"
#include "systemd/event_kinds.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Log, WritesToTheFileFromItsLevelOn) {
  const TempDir dir;
  const auto log = std::move(*Log::open({.level = LogLevel::warning, .file = dir.path("log")}, "host"));
  log->write({.kind = "job_ok", .subject = "cpu", .message = "too quiet"});
  log->write({.kind = "job_stuck", .subject = "disk", .message = "past the timeout"});
  const std::string text = *read_file(dir.path("log"));
  EXPECT_THAT(text, HasSubstr("Z error disk: past the timeout (job_stuck)\n"));
  EXPECT_THAT(text, Not(HasSubstr("too quiet")));
}

TEST(Log, SaysWhichSettingNamesAFileThatCannotBeWritten) {
  const auto log = Log::open({.file = "/proc/nonexistent/log"}, "host");
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, HasSubstr("[log] file"));
}

TEST(EventKinds, HaveUniqueNamesAndMessageIds) {
  std::set<std::string_view> names;
  std::set<std::string_view> ids;
  for (const EventKind& kind : event_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(ids.insert(kind.message_id).second) << kind.name;
    EXPECT_EQ(kind.message_id.size(), 32U);
    EXPECT_EQ(find_event_kind(kind.name).message_id, kind.message_id);
  }
  EXPECT_EQ(find_event_kind("no such kind").name, "unknown");
}

}  // namespace
}  // namespace caretaker
