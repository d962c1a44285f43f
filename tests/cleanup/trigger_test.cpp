// SPDX-License-Identifier: MIT
#include "cleanup/trigger.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t now = 1'700'000'000'000;
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;

CleanupConfig hourly() {
  CleanupConfig config;
  config.interval = 1h;
  return config;
}

TEST(Triggers, HaveTheWordsOfSql) {
  EXPECT_EQ(to_string(Trigger::interval), "interval");
  EXPECT_EQ(to_string(Trigger::pressure), "pressure");
  EXPECT_EQ(to_string(Trigger::manual), "manual");
  EXPECT_EQ(to_string(Trigger::new_image), "new_image");
}

TEST(Triggers, TheFirstRunIsDueAtOnce) {
  const Triggers triggers(0, now);
  EXPECT_EQ(triggers.due(now, false, hourly()), Trigger::interval);
  EXPECT_EQ(triggers.next_interval_ms(hourly()), 0);
}

TEST(Triggers, ARestartDoesNotBeginARun) {
  const Triggers triggers(now - 20 * minute, now);
  EXPECT_EQ(triggers.due(now, false, hourly()), std::nullopt);
  EXPECT_EQ(triggers.next_interval_ms(hourly()), now + 40 * minute);
  EXPECT_EQ(triggers.due(now + 40 * minute - 1, false, hourly()), std::nullopt);
  EXPECT_EQ(triggers.due(now + 40 * minute, false, hourly()), Trigger::interval);
}

TEST(Triggers, TheIntervalBeginsWithEveryRun) {
  Triggers triggers(now - hour, now);
  triggers.ran(Trigger::manual, now, false);
  EXPECT_EQ(triggers.due(now + hour - 1, false, hourly()), std::nullopt);
  EXPECT_EQ(triggers.due(now + hour, false, hourly()), Trigger::interval);
}

TEST(Triggers, AClockThatGoesBackBlocksNothing) {
  Triggers triggers(now + 24 * hour, now);
  EXPECT_EQ(triggers.due(now, false, hourly()), Trigger::interval);

  triggers.ran(Trigger::pressure, now, false);
  triggers.new_image(now);
  const std::int64_t before = now - 24 * hour;
  EXPECT_EQ(triggers.due(before, true, hourly()), Trigger::pressure);
  EXPECT_EQ(triggers.due(before, false, hourly()), Trigger::new_image);
}

TEST(Triggers, PressureComesFirst) {
  Triggers triggers(now - hour, now);
  triggers.new_image(now - hour);
  EXPECT_EQ(triggers.due(now, true, hourly()), Trigger::pressure);
  EXPECT_EQ(triggers.due(now, false, hourly()), Trigger::new_image);
}

TEST(Triggers, PressureIsDueAgainSoonAfterARunThatFreedSomething) {
  Triggers triggers(now, now);
  for (int run = 0; run < 5; ++run) triggers.ran(Trigger::pressure, now, true);
  EXPECT_EQ(triggers.due(now + pressure_retry_min.count() - 1, true, hourly()), std::nullopt);
  EXPECT_EQ(triggers.due(now + pressure_retry_min.count(), true, hourly()), Trigger::pressure);
}

TEST(Triggers, PressureBacksOffWhileRunsFreeNothing) {
  CleanupConfig config;
  config.interval = 240h;
  Triggers triggers(now, now);
  std::int64_t at = now;
  for (const std::int64_t minutes : {2, 4, 8, 16, 32, 60, 60, 60}) {
    triggers.ran(Trigger::pressure, at, false);
    EXPECT_EQ(triggers.due(at + minutes * minute - 1, true, config), std::nullopt) << minutes;
    at += minutes * minute;
    EXPECT_EQ(triggers.due(at, true, config), Trigger::pressure) << minutes;
  }
  triggers.ran(Trigger::pressure, at, true);
  EXPECT_EQ(triggers.due(at + minute, true, config), Trigger::pressure);
}

TEST(Triggers, AnyRunThatFreedSomethingEndsTheBackOff) {
  Triggers triggers(now, now);
  for (int run = 0; run < 5; ++run) triggers.ran(Trigger::pressure, now, false);
  triggers.ran(Trigger::manual, now, true);
  EXPECT_EQ(triggers.due(now + minute, true, hourly()), Trigger::pressure);
}

TEST(Triggers, NewImagesAreWaitedForUntilTheyAreQuiet) {
  Triggers triggers(now, now);
  for (int second = 0; second <= 90; second += 10) {
    triggers.new_image(now + second * 1000);
    EXPECT_EQ(triggers.due(now + second * 1000, false, hourly()), std::nullopt) << second;
  }
  const std::int64_t last = now + 90'000;
  EXPECT_EQ(triggers.due(last + new_image_quiet.count() - 1, false, hourly()), std::nullopt);
  EXPECT_EQ(triggers.due(last + new_image_quiet.count(), false, hourly()), Trigger::new_image);
}

TEST(Triggers, ANewImageCausesOneRun) {
  Triggers triggers(now, now);
  triggers.new_image(now);
  triggers.ran(Trigger::interval, now + minute, false);
  EXPECT_EQ(triggers.due(now + 30 * minute, false, hourly()), std::nullopt);
}

TEST(Triggers, NewImagesCanBeIgnored) {
  CleanupConfig config = hourly();
  config.on_new_image = false;
  Triggers triggers(now, now);
  triggers.new_image(now);
  EXPECT_EQ(triggers.due(now + 30 * minute, false, config), std::nullopt);
}

}  // namespace
}  // namespace caretaker
