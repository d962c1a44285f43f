// SPDX-License-Identifier: MIT
// Runs that begin because a disk is too full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/cleanup_fixture.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PassUnderPressure : public CleanupTest {
 protected:
  PassUnderPressure() {
    policy.docker.keep_last = 0;
    policy.cleanup.interval = std::chrono::days(300);  // only pressure begins runs
    begin();
    for (int number = 1; number <= 4; ++number) {
      Image image = fake_image(number, {"app:" + std::to_string(number)}, 5'000'000'000);
      engine.put(image);
    }
  }
  // Looks twice at a full disk; the second look begins the run.
  void fill_disk() {
    FakeDisk::used_percent = 90;
    ASSERT_TRUE(tick());
    EXPECT_EQ(status().pressure, "") << "a short peak is no pressure";
    clock.advance(check);
    (void)tick();
  }
};

TEST_F(PassUnderPressure, TakesWhatIsNeededAndNoMore) {
  connect_and_age();
  int deletions = 0;
  engine.on_delete([&](const FakeRequest&) {
    if (++deletions == 2) FakeDisk::used_percent = 70;
  });
  fill_disk();
  const CleanupRun run = last_run();
  EXPECT_EQ(run.trigger, "pressure");
  EXPECT_EQ(run.wanted_bytes, 15'000'000'000U);
  EXPECT_EQ(run.planned, 3U);
  EXPECT_EQ(run.removed, 2U);
  EXPECT_EQ(run.outcome, "ok") << run.note;
  EXPECT_THAT(changes(), SizeIs(2));
  EXPECT_EQ(stored().front().actions.back().engine_message, "there is room enough already");
  EXPECT_EQ(status().pressure, "");
  EXPECT_THAT(events_of("pressure_unresolved"), IsEmpty());
}

TEST_F(PassUnderPressure, NamesWhoFillsTheDiskWhenItStaysFull) {
  connect_and_age();
  engine.put(fake_container(1, fake_image(4, {"app:4"})));
  fill_disk();
  const CleanupRun run = last_run();
  EXPECT_EQ(run.trigger, "pressure");
  EXPECT_EQ(run.removed, 3U);
  const std::vector<Event> told = events_of("pressure_unresolved");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("app:4 4768 MiB (in_use)"));
  EXPECT_THAT(told.front().message, HasSubstr(dir.path() + ": 90 % of 100.0 GB used"));
  EXPECT_THAT(told.front().message, HasSubstr("directories beside them: "));
  EXPECT_THAT(status().pressure, HasSubstr("90 %"));
}

TEST_F(PassUnderPressure, WaitsLongerAndLongerWhileRunsFreeNothing) {
  connect_and_age();
  for (int number = 1; number <= 4; ++number) {
    engine.put(fake_container(number, fake_image(number, {"app:" + std::to_string(number)})));
  }
  fill_disk();
  const CleanupRun first = last_run();
  EXPECT_EQ(first.trigger, "pressure");
  EXPECT_EQ(first.outcome, "nothing");
  clock.advance(check);
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().run_id, first.run_id);
  clock.advance(2 * check);
  ASSERT_TRUE(tick());
  EXPECT_NE(last_run().run_id, first.run_id);
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(PassUnderPressure, APeakDuringARunIsNoPressure) {
  policy.cleanup.interval = 1h;
  begin();
  connect_and_age();
  FakeDisk::used_percent = 90;
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().trigger, "interval");
  EXPECT_EQ(status().pressure, "");
  FakeDisk::used_percent = 80;
  clock.advance(check);
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().trigger, "interval");
  EXPECT_THAT(image_ids(), SizeIs(4));
}

TEST_F(PassUnderPressure, ObservingItOnlySays) {
  policy.cleanup.mode = CleanupMode::observe;
  begin();
  connect_and_age();
  fill_disk();
  EXPECT_EQ(last_run().trigger, "pressure");
  EXPECT_EQ(last_run().outcome, "observed");
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_THAT(events_of("pressure_unresolved"), SizeIs(1));
}

TEST_F(PassUnderPressure, TheDiskIsForgottenWhenItIsEmptyAgainWithoutAnEngine) {
  connect_and_age();
  engine.put(fake_container(1, fake_image(4, {"app:4"})));
  fill_disk();
  ASSERT_THAT(status().pressure, HasSubstr("90 %"));
  engine.stop();
  FakeDisk::used_percent = 50;
  (void)tick();
  EXPECT_EQ(status().pressure, "");
}

}  // namespace
}  // namespace caretaker
