// SPDX-License-Identifier: MIT
#include "collectors/prometheus_text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace caretaker {
namespace {

constexpr MetricInfo bytes{
    .name = "read_bytes_total", .unit = "bytes", .help = "Bytes\\s\nread.", .type = MetricType::counter};
constexpr MetricInfo own{
    .name = "caretaker_threads", .unit = "", .help = "Threads.", .type = MetricType::gauge};
constexpr MetricInfo load{.name = "load1", .unit = "", .help = "Load.", .type = MetricType::gauge};

TEST(PrometheusText, KeepsFamiliesTogetherAndSortedAndPrefixesAllButOurOwn) {
  const SeriesFactory factory(1);
  std::array<SampleBatch, 2> batches;
  batches[0].start("a", {});
  batches[0].add(factory.make(bytes, {{"device", "vdb"}}), std::uint64_t{18446744073709551615ULL});
  batches[0].add(factory.make(own), 0.5);
  batches[1].start("b", {});
  batches[1].add(factory.make(bytes, {{"device", "vda"}}), std::uint64_t{1});
  batches[1].add(factory.make(load), 1e21);
  EXPECT_EQ(prometheus_text(batches, "node_"), R"(# HELP caretaker_threads Threads.
# TYPE caretaker_threads gauge
caretaker_threads 0.5
# HELP node_load1 Load.
# TYPE node_load1 gauge
node_load1 1e+21
# HELP node_read_bytes_total Bytes\\s\nread.
# TYPE node_read_bytes_total counter
node_read_bytes_total{device="vdb"} 18446744073709551615
node_read_bytes_total{device="vda"} 1
)");
}

TEST(PrometheusText, EscapesLabelValues) {
  SampleBatch batch;
  batch.start("a", {});
  batch.add(SeriesFactory(1).make(load, {{"a", "quote \" slash \\ line \n \xC3\xA9 \xFF"}, {"b", ""}}), 1.0);
  EXPECT_EQ(prometheus_text({&batch, 1}),
            "# HELP load1 Load.\n# TYPE load1 gauge\n"
            "load1{a=\"quote \\\" slash \\\\ line \\n \xC3\xA9 \xEF\xBF\xBD\",b=\"\"} 1\n");
}

TEST(PrometheusText, OfNothingIsEmpty) {
  EXPECT_EQ(prometheus_text({}), "");
}

}  // namespace
}  // namespace caretaker
