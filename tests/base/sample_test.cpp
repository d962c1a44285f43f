// SPDX-License-Identifier: MIT
#include "base/sample.h"

#include <gtest/gtest.h>

#include <limits>

namespace caretaker {
namespace {

constexpr MetricInfo info{
    .name = "cpu_seconds_total", .unit = "seconds", .help = "h", .type = MetricType::counter};

TEST(SeriesFactory, SortsLabelsSoThatTheirOrderDoesNotMatter) {
  const SeriesFactory factory(7);
  const SeriesRef a = factory.make(info, {{"mode", "idle"}, {"cpu", "0"}});
  const SeriesRef b = factory.make(info, {{"cpu", "0"}, {"mode", "idle"}});
  EXPECT_EQ(a->labels, R"({"cpu":"0","mode":"idle"})");
  EXPECT_EQ(a->id, b->id);
}

TEST(SeriesFactory, GivesEveryHostMetricAndLabelItsOwnId) {
  const SeriesFactory factory(7);
  const std::int64_t id = factory.make(info, {{"cpu", "0"}})->id;
  EXPECT_NE(id, factory.make(info, {{"cpu", "1"}})->id);
  EXPECT_NE(id, factory.make_named("other", info, {})->id);
  EXPECT_NE(id, SeriesFactory(8).make(info, {{"cpu", "0"}})->id);
}

TEST(SampleBatch, SkipsAndCountsWhatSqlCannotStore) {
  const SeriesRef series = SeriesFactory(1).make(info);
  SampleBatch batch;
  batch.start("cpu", {.time_ms = 1000});
  batch.add(series, std::numeric_limits<double>::quiet_NaN());
  batch.add(series, std::numeric_limits<double>::infinity());
  batch.add(series, std::uint64_t{18446744073709551615ULL});
  EXPECT_EQ(batch.samples().size(), 1U);
  EXPECT_EQ(batch.not_finite(), 2U);
  batch.start("cpu", {.time_ms = 2000});
  EXPECT_TRUE(batch.samples().empty());
  EXPECT_EQ(batch.not_finite(), 0U);
}

}  // namespace
}  // namespace caretaker
