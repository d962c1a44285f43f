// SPDX-License-Identifier: MIT
#include "systemd/notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "systemd/notify_socket.h"

namespace caretaker {
namespace {

TEST(Notify, SendsReadyWithTheStatus) {
  const NotifySocket manager;
  ASSERT_TRUE(notify_ready("9 jobs, store ok"));
  EXPECT_EQ(manager.received(), "READY=1\nSTATUS=9 jobs, store ok");
}

TEST(Notify, KeepsAStatusOnOneLineSoThatItCannotAssignAnythingElse) {
  const NotifySocket manager;
  using namespace std::string_view_literals;
  ASSERT_TRUE(notify_status("a\nWATCHDOG=trigger\0b"sv));
  EXPECT_EQ(manager.received(), "STATUS=a WATCHDOG=trigger b");
}

TEST(Notify, SendsStopping) {
  const NotifySocket manager;
  ASSERT_TRUE(notify_stopping("bye"));
  EXPECT_EQ(manager.received(), "STOPPING=1\nSTATUS=bye");
}

TEST(Notify, SendsReloadingWithTheMonotonicTimeOfNow) {
  const NotifySocket manager;
  const std::int64_t before_us = SystemClock().now().monotonic_ns / ns_per_us;
  ASSERT_TRUE(notify_reloading("reading config.ini"));
  const std::int64_t after_us = SystemClock().now().monotonic_ns / ns_per_us;
  const std::string text = manager.received();
  const std::string_view before_time = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(text.starts_with(before_time)) << text;
  EXPECT_TRUE(text.ends_with("\nSTATUS=reading config.ini")) << text;
  std::int64_t time_us = 0;
  std::from_chars(text.data() + before_time.size(), text.data() + text.size(), time_us);
  EXPECT_THAT(time_us, testing::AllOf(testing::Ge(before_us), testing::Le(after_us)));
}

TEST(Notify, FailsWhenTheManagersSocketIsGone) {
  const NotifySocket manager;
  ::setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  EXPECT_FALSE(notify_ready("x"));
}

TEST(Notify, SucceedsWithoutAServiceManager) {
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_TRUE(notify_ready("x"));
}

}  // namespace
}  // namespace caretaker
