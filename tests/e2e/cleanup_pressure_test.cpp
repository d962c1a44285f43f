// SPDX-License-Identifier: MIT
// A disk of Docker's own that is too full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <fstream>

#include "e2e/cleanup_stand.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::uint64_t megabyte = 1'000'000;
constexpr std::uint64_t disk_bytes = 150 * megabyte;
// With busybox a fifteenth of the disk. A container takes twice as much.
constexpr std::size_t payload_bytes = 8 * megabyte;

class CleanupPressure : public CleanupStand {
 protected:
  static std::string config(int high, int low, int keep_last) {
    return "[cleanup]\nmode = enforce\nwarmup = 0s\nsettle_time = 0s\nmin_age = 0s\nkeep = precious:*\n"
           "pressure_high = " +
           std::to_string(high) + "\npressure_low = " + std::to_string(low) +
           "\n[cleanup.docker]\nkeep_last = " + std::to_string(keep_last) + "\n";
  }

  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine(EngineKind::docker, disk_bytes);
  }
  // The history has seen it before the next one comes.
  void bring(const std::string& reference) {
    engine().import_image(reference, {.payload_bytes = payload_bytes});
    (void)plan();
  }
  [[nodiscard]] double used_percent() const {
    struct statvfs space{};
    if (::statvfs(engine().root().c_str(), &space) != 0) return 0;
    return 100.0 - 100.0 * static_cast<double>(space.f_bavail) / static_cast<double>(space.f_blocks);
  }
};

TEST_F(CleanupPressure, GivesUpTheLeastRecentlyUsedUntilThereIsRoomEnough) {
  start_daemon(config(75, 60, 2));
  for (const char* reference : {"app:1", "app:2", "app:3", "precious:1", "app:4", "app:5"}) bring(reference);
  engine().docker({"tag", "app:2", "app:two"});
  engine().docker({"rm", engine().exited_container("app:1")});  // the newest use of all
  engine().create_container("app:4");
  EXPECT_LT(used_percent(), 60);
  // The tag is a use of app:2. Of the two that stay one is in use.
  const SeenPlan planned = plan({"--pressure"});
  std::vector<std::string> order;
  for (const SeenObject& action : planned.actions) order.push_back(action.name);
  EXPECT_THAT(order, ElementsAre("app:3", "app:5", "app:2"));
  EXPECT_THAT(planned.reasons, AllOf(Contains(Pair("app:1", "keep_last")), Contains(Pair("app:4", "in_use")),
                                     Contains(Pair("precious:1", "keep_rule"))));
  EXPECT_THAT(plan().actions, IsEmpty()) << "there is no pressure";

  std::ofstream(engine().root() + "/ballast") << std::string(37 * megabyte, 'x');
  ASSERT_GE(used_percent(), 75);
  ASSERT_TRUE(eventually([&] { return runs().back().trigger == "pressure" && runs().back().ended; }))
      << used_percent();
  const SeenRun ran = runs().back();
  EXPECT_EQ(ran.mode, "enforce");
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_LE(used_percent(), 60.0);
  EXPECT_THAT(ran.actions, Each(Field(&SeenObject::reason, "least_recently_used")));
  EXPECT_THAT(ran.names("removed"), ElementsAre("app:3", "app:5", "app:2"));
  EXPECT_THAT(image_names(), ElementsAre("app:1", "app:4", "precious:1"));
  EXPECT_THAT(events("pressure_unresolved", 0), IsEmpty());
}

TEST_F(CleanupPressure, StopsWhenThereIsRoomEnough) {
  start_daemon(config(75, 60, 0));
  for (const char* name : {"a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1"}) bring(name);
  ASSERT_GT(used_percent(), 45);
  reload(config(40, 35, 0));
  ASSERT_TRUE(eventually([&] { return runs().back().trigger == "pressure" && runs().back().ended; }));
  const SeenRun ran = runs().back();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_THAT(ran.names("removed"), ElementsAre("a:1", "b:1"));
  EXPECT_LE(used_percent(), 35.0);
  EXPECT_THAT(image_names(), ElementsAre("c:1", "d:1", "e:1", "f:1", "g:1"));
}

TEST_F(CleanupPressure, NamesWhatStaysWhenNothingMoreMayGo) {
  for (const char* reference : {"big:1", "big:2", "precious:1"}) {
    engine().import_image(reference, {.payload_bytes = payload_bytes});
  }
  engine().create_container("big:1", {"--name", "one"});
  engine().create_container("big:2", {"--name", "two"});
  std::ofstream(engine().root() + "/ballast") << std::string(60 * megabyte, 'x');
  start_daemon(config(75, 60, 2));
  EXPECT_THAT(events("pressure_unresolved").front(),
              AllOf(HasSubstr("still too full"), HasSubstr("big:1"), HasSubstr("(in_use)"),
                    HasSubstr("precious:1"), HasSubstr("(keep_rule)")));
  EXPECT_THAT(image_names(), ElementsAre("big:1", "big:2", "precious:1"));
}

}  // namespace
}  // namespace caretaker
