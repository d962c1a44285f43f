// SPDX-License-Identifier: MIT
#include "sql/store_reader.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "store_fixture.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Reader : public StoreTest {
 protected:
  void append_one(std::string_view collector, std::int64_t time_ms, const SeriesRef& series, double value) {
    SampleBatch batch;
    batch.start(collector, {.time_ms = time_ms});
    batch.add(series, value);
    store_->append(batch);
  }

  std::vector<double> values(const Result<std::vector<MetricPoint>>& points) {
    std::vector<double> values;
    for (const MetricPoint& point : points.value()) values.push_back(point.value);
    return values;
  }

  SeriesRef make(std::string_view metric, std::string_view name, std::string_view value) {
    const Label labels[] = {{"host", "\"q\",\"name\":\"x\""}, {name, value}};
    return factory_.make_named(metric, info, labels);
  }
};

TEST_F(Reader, SaysThatThereIsNoStoreYetAndFindsItLater) {
  StoreReader reader(options_.path);
  EXPECT_THAT(reader.batches(0, 10).error().message,
              HasSubstr("metrics.db: open: No such file or directory"));
  ASSERT_TRUE(start());
  EXPECT_TRUE(reader.batches(0, 10).value().empty());
}

TEST_F(Reader, ReturnsWholeBatchesInOrderUpToALimit) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 3);
  append("memory", 1'000, 3);
  store_->append(Event{.time_ms = 1'500, .kind = "kind", .subject = "subject", .message = "message"});
  store_->append(JobRun{.time_ms = 1'600,
                        .job = "backup",
                        .duration_ms = 5,
                        .cpu_ms = 3,
                        .exit_status = -1,
                        .signal = 9,
                        .timed_out = true,
                        .standard_output = "out",
                        .standard_error = "err"});
  append("cpu", 2'000, 30);
  ASSERT_TRUE(collected(36));
  StoreReader reader(options_.path);
  EXPECT_EQ(reader.batches(0, 1).value().size(), 1U) << "at least one";
  EXPECT_EQ(reader.batches(0, 6).value().size(), 2U);
  const auto all = reader.batches(1, 1'000).value();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].seq, 2);
  EXPECT_EQ(all[0].collector, "memory");
  EXPECT_EQ(all[0].time_ms, 1'000);
  ASSERT_EQ(all[0].samples.size(), 3U);
  EXPECT_EQ(all[0].samples[2].value, 2.0);
  EXPECT_EQ(all[0].samples[2].series->id, series_[2]->id);
  EXPECT_EQ(all[0].samples[2].series->metric, "metric");
  EXPECT_EQ(all[0].samples[2].series->labels, R"({"n":"2"})");
  EXPECT_EQ(all[0].samples[2].series->unit, "seconds");
  EXPECT_EQ(all[0].samples[2].series->type, "counter");
  ASSERT_EQ(all[1].events.size(), 1U);
  EXPECT_EQ(all[1].events[0].subject, "subject");
  ASSERT_EQ(all[2].job_runs.size(), 1U);
  EXPECT_EQ(all[2].job_runs[0].exit_status, -1);
  EXPECT_EQ(all[2].job_runs[0].signal, 9);
  EXPECT_TRUE(all[2].job_runs[0].timed_out);
  EXPECT_EQ(all[2].job_runs[0].standard_error, "err");
  EXPECT_EQ(all[3].samples.size(), 30U);
  EXPECT_TRUE(reader.batches(5, 10).value().empty());
  EXPECT_EQ(reader.batch_time_ms(3).value(), 1'500);
  EXPECT_EQ(reader.batch_time_ms(99).value(), 0);
}

TEST_F(Reader, GivesTheNewestValuesOfTheSeriesThatStillExist) {
  ASSERT_TRUE(start());
  const SeriesRef gone = make("disk_free", "disk", "a");
  const SeriesRef stays = make("disk_used", "disk", "a");
  append_one("disk", 1'000, gone, 1);
  append_one("disk", 2'000, stays, 2);
  append_one("disk", 500, stays, 3);  // after a backward clock step
  append("cpu", 1'000, 2);
  ASSERT_TRUE(collected(5));
  StoreReader reader(options_.path);
  const auto disk = reader.latest("disk_*").value();
  ASSERT_EQ(disk.size(), 1U);
  EXPECT_EQ(disk[0].metric, "disk_used");
  EXPECT_EQ(disk[0].value, 3);
  EXPECT_EQ(disk[0].time_ms, 500);
  EXPECT_THAT(values(reader.latest("*")), ElementsAre(3, 0, 1));
  EXPECT_TRUE(reader.latest("nothing").value().empty());
}

TEST_F(Reader, GivesTheHistoryOfOneMetricFilteredByLabels) {
  ASSERT_TRUE(start());
  const SeriesRef a = make("disk_used", "name", "a");
  const SeriesRef b = make("disk_used", "name", "a\"b");
  for (int i = 0; i < 5; ++i) {
    append_one("disk", i * 1'000, a, i);
    append_one("disk", i * 1'000, b, 10 + i);
  }
  ASSERT_TRUE(collected(10));
  StoreReader reader(options_.path);
  EXPECT_THAT(values(reader.history("disk_used", {{"name", "a"}}, 2'000, 100)), ElementsAre(2, 3, 4));
  EXPECT_THAT(values(reader.history("disk_used", {{"name", "a\"b"}}, 0, 2)), ElementsAre(13, 14));
  EXPECT_EQ(reader.history("disk_used", {}, 0, 100).value().size(), 10U);
  EXPECT_EQ(reader.history("disk_used", {}, 0, 3).value().size(), 3U);
  EXPECT_EQ(reader.history("disk_used", {}, 0, 4).value().front().time_ms, 3'000) << "the newest are kept";
  EXPECT_TRUE(reader.history("disk_used", {{"name", "x"}}, 0, 100).value().empty()) << "text inside a value";
  EXPECT_TRUE(reader.history("disk_used", {{"name", "a"}, {"host", "x"}}, 0, 100).value().empty());
  EXPECT_TRUE(reader.history("other", {}, 0, 100).value().empty());
}

TEST_F(Reader, NamesCorruptionAndSeesTheNewStoreAfterwards) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 3);
  stop();
  StoreReader reader(options_.path);
  EXPECT_EQ(reader.batches(0, 10).value().size(), 1U);
  dir_.write("metrics.db", std::string(8192, 'x'));
  StoreReader other(options_.path);
  EXPECT_EQ(other.batches(0, 10).error().code, EUCLEAN);
  ASSERT_TRUE(start());
  append("cpu", 2'000, 3);
  ASSERT_TRUE(collected(3));
  EXPECT_TRUE(wait_until([&] {
    const auto batches = reader.batches(0, 10);
    return batches && !batches->empty() && batches->back().time_ms == 2'000;
  }));
}

TEST_F(Reader, NeverWrites) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 3);
  ASSERT_TRUE(collected(3));
  StoreReader reader(options_.path);
  StoreReader moved = std::move(reader);
  EXPECT_EQ(moved.batches(0, 10).value().size(), 1U);
  const auto log_size = std::filesystem::file_size(options_.path + "-wal");
  reader = StoreReader(options_.path);
  EXPECT_EQ(reader.batches(0, 10).value().size(), 1U);
  EXPECT_EQ(std::filesystem::file_size(options_.path + "-wal"), log_size);
}

}  // namespace
}  // namespace caretaker
