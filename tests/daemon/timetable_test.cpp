// SPDX-License-Identifier: MIT
#include "daemon/timetable.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t phase_ns = 250 * ns_per_ms;

class TimetableTest : public testing::Test {
 protected:
  // Moves the clock to the next wake-up and takes what is due then.
  std::vector<Timetable::Due> next() {
    clock.advance(std::chrono::nanoseconds(*table.next_wake_ns() - clock.now().monotonic_ns));
    (void)table.observe(clock.now());
    return table.take_due(clock.now());
  }

  FakeClock clock;  // starts on a whole second
  Timetable table{clock.now(), phase_ns};
};

TEST_F(TimetableTest, TicksLieOnTheWallClockGridAndWakeUpsOnePhaseLater) {
  table.add("job", 10s, clock.now());
  for (int i = 0; i < 3; ++i) {
    const auto due = next();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].tick.time_ms % 10'000, 0);
    EXPECT_EQ(due[0].missed, 0U);
    const std::int64_t wall_after_grid_ns = clock.now().realtime_ns - due[0].tick.time_ms * ns_per_ms;
    EXPECT_NEAR(static_cast<double>(wall_after_grid_ns), static_cast<double>(phase_ns), 1e6);
  }
}

TEST_F(TimetableTest, WakesHalfAMillisecondOffTheTimerTick) {
  table.add("job", 1s, clock.now());
  EXPECT_EQ(*table.next_wake_ns() % ns_per_ms, ns_per_ms / 2);
}

TEST_F(TimetableTest, AllJobsOfAnIntervalWakeTogether) {
  table.add("a", 1s, clock.now());
  clock.advance(300ms);
  table.add("b", 1s, clock.now());
  (void)next();
  const auto due = next();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].tick.time_ms, due[1].tick.time_ms);
}

TEST_F(TimetableTest, AShiftMovesTheWakeUpButNotTheTick) {
  table.add("a", 10s, clock.now());
  table.add("b", 10s, clock.now(), 30 * ns_per_ms);
  const auto first = next();
  const std::int64_t first_ns = clock.now().monotonic_ns;
  const auto second = next();
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].name, "b");
  EXPECT_EQ(second[0].tick.time_ms, first[0].tick.time_ms);
  EXPECT_EQ(clock.now().monotonic_ns - first_ns, 30 * ns_per_ms);
}

TEST_F(TimetableTest, WhatIsDueComesInTheOrderOfItsMoments) {
  table.add("a", 1s, clock.now(), 60 * ns_per_ms);
  table.add("b", 1s, clock.now(), 30 * ns_per_ms);
  table.add("c", 1h, clock.now());
  clock.advance(2s);
  for (int i = 0; i < 3; ++i) {
    const auto due = table.take_due(clock.now());
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].name, "b");
    EXPECT_EQ(due[1].name, "a");
    EXPECT_TRUE(table.take_due(clock.now()).empty());
    clock.advance(1s);
  }
}

TEST_F(TimetableTest, AnEntryThatIsAddedAgainHasOnlyItsNewMoment) {
  table.add("a", 1s, clock.now());
  table.add("a", 1s, clock.now(), 30 * ns_per_ms);
  ASSERT_EQ(next().size(), 1U);
  EXPECT_TRUE(table.take_due(clock.now()).empty());
  table.remove("a");
  EXPECT_FALSE(table.next_wake_ns());
}

TEST_F(TimetableTest, AShiftStaysInsideAShortInterval) {
  table.add("job", 100ms, clock.now(), 899 * ns_per_ms);
  const std::int64_t tick_ms = next()[0].tick.time_ms;
  EXPECT_LT(clock.now().realtime_ns - tick_ms * ns_per_ms, 101 * ns_per_ms);
}

TEST_F(TimetableTest, AMissedTickIsSkippedAndCountedNeverQueued) {
  table.add("job", 1s, clock.now());
  (void)next();
  clock.advance(4500ms);
  const auto due = table.take_due(clock.now());
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].missed, 3U);
  EXPECT_TRUE(table.take_due(clock.now()).empty());
  EXPECT_EQ(next()[0].missed, 0U);
}

TEST_F(TimetableTest, DoesNotDriftOverADay) {
  table.add("job", 1s, clock.now());
  const std::int64_t first_ms = next()[0].tick.time_ms;
  for (int i = 1; i < 86'400; ++i) {
    clock.advance(37us);  // every wake-up comes late
    const auto due = next();
    ASSERT_EQ(due[0].tick.time_ms, first_ms + i * 1000);
  }
}

TEST_F(TimetableTest, ABackwardStepIsCountedAndKeepsKeysUnique) {
  table.add("job", 1s, clock.now());
  const Tick before = next()[0].tick;
  clock.step(-1h);
  const ClockChange change = table.observe(clock.now());
  EXPECT_EQ(change.step_ns, -3600 * ns_per_s);
  EXPECT_EQ(change.suspend_ns, 0);
  const Tick after = next()[0].tick;
  EXPECT_LT(after.time_ms, before.time_ms);
  EXPECT_EQ(after.time_ms % 1000, 1);
  EXPECT_EQ(after.discontinuities, before.discontinuities + 1);
  EXPECT_EQ(table.clock_steps(), 1U);
  EXPECT_LE(*table.next_wake_ns() - clock.now().monotonic_ns, ns_per_s);
}

TEST_F(TimetableTest, BackwardStepsOfEarlierRunsAreGoneOnFrom) {
  Timetable later(clock.now(), phase_ns, 1'002);
  later.add("job", 1s, clock.now());
  clock.advance(std::chrono::nanoseconds(*later.next_wake_ns() - clock.now().monotonic_ns));
  EXPECT_EQ(later.take_due(clock.now()).at(0).tick.time_ms % 1000, 2);
  clock.step(-1h);
  (void)later.observe(clock.now());
  EXPECT_EQ(later.backward_steps(), 1'003);
}

TEST_F(TimetableTest, ASpreadWakeUpComesWholeSecondsLaterWithinTheInterval) {
  table.add("sampled", 60s, clock.now());
  table.add("sent", 60s, clock.now(), 0, 1'234'567 * ns_per_s);  // mod 60: 7 s
  const auto sampled = next();
  const std::int64_t first_ns = clock.now().monotonic_ns;
  const auto sent = next();
  EXPECT_EQ(sampled.at(0).name, "sampled");
  EXPECT_EQ(sent.at(0).name, "sent");
  EXPECT_EQ(sent[0].tick.time_ms, sampled[0].tick.time_ms);
  EXPECT_EQ(clock.now().monotonic_ns - first_ns, 7 * ns_per_s);
  table.add("often", 500ms, clock.now(), 0, 1'234'567 * ns_per_s);
  EXPECT_LE(*table.next_wake_ns() - clock.now().monotonic_ns, 500 * ns_per_ms + ns_per_ms);
}

TEST_F(TimetableTest, AForwardStepMovesToTheNewGridWithoutABurst) {
  table.add("job", 1s, clock.now());
  (void)next();
  clock.step(1h);
  EXPECT_EQ(table.observe(clock.now()).step_ns, 3600 * ns_per_s);
  EXPECT_TRUE(table.take_due(clock.now()).empty());
  const auto due = next();
  EXPECT_EQ(due[0].missed, 0U);
  EXPECT_EQ(due[0].tick.time_ms % 1000, 0);
}

TEST_F(TimetableTest, ASuspendIsToldApartFromAStep) {
  table.add("job", 1s, clock.now());
  (void)next();
  clock.suspend(2h);
  const ClockChange change = table.observe(clock.now());
  EXPECT_EQ(change.suspend_ns, 7200 * ns_per_s);
  EXPECT_EQ(change.step_ns, 0);
  EXPECT_EQ(table.suspends(), 1U);
  EXPECT_EQ(table.clock_steps(), 0U);
  EXPECT_EQ(next()[0].tick.discontinuities, 1U);
}

TEST_F(TimetableTest, SmallNoiseIsNotAStep) {
  table.add("job", 1s, clock.now());
  clock.step(20ms);
  EXPECT_EQ(table.observe(clock.now()).step_ns, 0);
  EXPECT_EQ(table.clock_steps(), 0U);
}

TEST_F(TimetableTest, ARunOutsideTheScheduleNeverTakesAScheduledKey) {
  EXPECT_NE(table.tick_now(clock.now()).time_ms % 1000, 0);
}

TEST_F(TimetableTest, ARemovedJobIsNoLongerDue) {
  table.add("job", 1s, clock.now());
  table.remove("job");
  EXPECT_EQ(table.next_wake_ns(), std::nullopt);
  EXPECT_EQ(table.next_tick_ms("job"), 0);
}

TEST(TimetablePhase, LeavesTheEndOfTheSecondFree) {
  for (std::int64_t id = -5'000; id < 5'000; id += 7) {
    EXPECT_GE(Timetable::phase_of(id), 0);
    EXPECT_LT(Timetable::phase_of(id), 900 * ns_per_ms);
  }
}

}  // namespace
}  // namespace caretaker
