// SPDX-License-Identifier: MIT
#include "daemon/headline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caretaker {
namespace {

using testing::EndsWith;

SampleBatch batch_with(std::string_view metric, double value) {
  static const MetricInfo info{.name = "any"};
  SampleBatch batch;
  batch.start("system", {.time_ms = 1'700'000'000'000});
  batch.add(SeriesFactory(1).make_named(metric, info), value);
  return batch;
}

TEST(Headline, TakesWhatIsThereAndLeavesTheRestAbsent) {
  const Headline headline = headline_of(batch_with("system_cpu_usage_percent", 12.34));
  EXPECT_EQ(headline.time_ms, 1'700'000'000'000);
  EXPECT_EQ(headline.cpu_percent, 12.34);
  EXPECT_EQ(headline.memory_percent, std::nullopt);
}

TEST(Headline, IsOneAlignedLine) {
  EXPECT_THAT(
      format_headline(headline_of(batch_with("system_cpu_usage_percent", 12.34))),
      EndsWith("  cpu  12.3 %  memory     - %  disk     - %  net sent        -    received        -  "));
  EXPECT_THAT(format_headline(headline_of(batch_with("system_network_received_bytes_per_second", 1'234'567))),
              EndsWith("received   1.2 MB/s"));
}

}  // namespace
}  // namespace caretaker
