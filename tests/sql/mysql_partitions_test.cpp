// SPDX-License-Identifier: MIT
#include "sql/mysql_partitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr PartitionedTable by_day{"samples", PartitionSpan::day, 2, &MysqlConfig::retention};
constexpr PartitionedTable by_month{"samples_1h", PartitionSpan::month, 2, &MysqlConfig::retention_1h};
constexpr sys_days today = 2026y / 1 / 31;
constexpr auto now = today + 12h;

std::vector<std::string> names(std::span<const Partition> partitions) {
  std::vector<std::string> names;
  for (const Partition& partition : partitions) names.push_back(partition.name);
  return names;
}

// Days from `first` on, named and bounded like the real ones.
std::vector<Partition> some_days(sys_days first, int count) {
  PartitionedTable table = by_day;
  table.ahead = count - 1;
  return first_partitions(table, first);
}

TEST(Partitions, AreThisSpanAndThoseAhead) {
  EXPECT_THAT(names(first_partitions(by_day, now)), ElementsAre("p20260131", "p20260201", "p20260202"));
  EXPECT_THAT(names(first_partitions(by_month, now)), ElementsAre("p202601", "p202602", "p202603"));
  EXPECT_EQ(first_partitions(by_month, sys_days{2026y / 12 / 31}).back().until, sys_days{2027y / 3 / 1});
}

TEST(Partitions, OfWhichNoneIsMissingAreLeftAlone) {
  const auto plan = plan_partitions(by_day, some_days(today, 3), now, days{7});
  EXPECT_THAT(plan.splits, IsEmpty());
  EXPECT_THAT(plan.drops, IsEmpty());
}

TEST(Partitions, ComeOutOfTheCatchAll) {
  const auto plan = plan_partitions(by_day, some_days(today, 1), now, days{7});
  ASSERT_EQ(plan.splits.size(), 1U);
  EXPECT_EQ(split_statement(by_day, plan.splits[0]),
            "ALTER TABLE samples REORGANIZE PARTITION pmax INTO (\n"
            "  PARTITION p20260201 VALUES LESS THAN ('2026-02-02'),\n"
            "  PARTITION p20260202 VALUES LESS THAN ('2026-02-03'),\n"
            "  PARTITION pmax VALUES LESS THAN (MAXVALUE))");
}

TEST(Partitions, ADatabaseThatWasDownForAMonthGetsTheDaysThatAreKept) {
  const auto plan = plan_partitions(by_day, some_days(today - days{30}, 2), now, days{3});
  ASSERT_EQ(plan.splits.size(), 1U);
  EXPECT_THAT(names(plan.splits[0].parts),
              ElementsAre("p20260128", "p20260129", "p20260130", "p20260131", "p20260201", "p20260202"));
  EXPECT_THAT(names(plan.drops), ElementsAre("p20260101", "p20260102"));
  EXPECT_EQ(drop_statement(by_day, plan.drops), "ALTER TABLE samples DROP PARTITION p20260101, p20260102");
}

TEST(Partitions, ALongOutageIsBounded) {
  const auto plan = plan_partitions(by_day, some_days(today - days{3000}, 1), now, days{3650});
  ASSERT_EQ(plan.splits.size(), 1U);
  EXPECT_EQ(plan.splits[0].parts.size(), missed_spans_max + 3U);
}

TEST(Partitions, OneThatWasMadeForAWrongClockIsSplit) {
  std::vector<Partition> existing = some_days(today - days{1}, 2);
  existing.push_back({"p20360505", 2036y / 5 / 6});
  const auto plan = plan_partitions(by_day, existing, now, days{7});
  ASSERT_EQ(plan.splits.size(), 1U);
  EXPECT_EQ(split_statement(by_day, plan.splits[0]),
            "ALTER TABLE samples REORGANIZE PARTITION p20360505 INTO (\n"
            "  PARTITION p20260201 VALUES LESS THAN ('2026-02-02'),\n"
            "  PARTITION p20260202 VALUES LESS THAN ('2026-02-03'),\n"
            "  PARTITION p20360505 VALUES LESS THAN ('2036-05-06'))");
}

TEST(Partitions, ADayLeavesWhenItsLastMomentIsOverTheRetention) {
  const std::vector<Partition> existing = some_days(today - days{8}, 11);
  EXPECT_THAT(plan_partitions(by_day, existing, today - 1s, days{7}).drops, IsEmpty());
  EXPECT_THAT(names(plan_partitions(by_day, existing, today, days{7}).drops), ElementsAre("p20260123"));
}

TEST(Partitions, TheFirstOneKeepsEverythingOlder) {
  const auto plan = plan_partitions(by_day, some_days(today, 3), now, days{90});
  EXPECT_THAT(plan.splits, IsEmpty());
}

TEST(Partitions, ATableWithTheCatchAllOnlyBeginsWithToday) {
  const auto plan = plan_partitions(by_day, {}, now, days{7});
  ASSERT_EQ(plan.splits.size(), 1U);
  EXPECT_THAT(names(plan.splits[0].parts), ElementsAre("p20260131", "p20260201", "p20260202"));
}

}  // namespace
}  // namespace caretaker
