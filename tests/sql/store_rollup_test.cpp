// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "sql/local_store.h"
#include "sql/rollup_writer.h"
#include "sql/sqlite.h"
#include "sql/store_reader.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t noon_ms = 1'767'268'800'000;  // 2026-01-01 12:00:00 UTC

class StoreRollup : public StoreTest {
 protected:
  // One sample; waits for nothing.
  void add(std::int64_t time_ms, double value, std::size_t number = 0, std::string_view collector = "cpu") {
    while (series_.size() <= number) {
      series_.push_back(factory_.make(info, {{"n", std::to_string(series_.size())}}));
    }
    SampleBatch batch;
    batch.start(collector, {.time_ms = time_ms});
    batch.add(series_[number], value);
    store_->append(batch);
    ++added_;
  }
  void commit() { ASSERT_TRUE(collected(added_)); }

  // "count min max sum last" of one series in one minute or hour.
  [[nodiscard]] std::string rollup(const std::string& view, std::int64_t time_ms, int number = 0) const {
    return query_text("SELECT printf('%d %g %g %g %g', count, min, max, sum, last) FROM " + view +
                      " WHERE metric = 'metric' AND labels = '{\"n\":\"" + std::to_string(number) +
                      "\"}' AND time_ms = " + std::to_string(time_ms));
  }

  std::uint64_t added_ = 0;
};

TEST_F(StoreRollup, AMinuteIsWrittenWithTheFirstSampleOfTheNext) {
  ASSERT_TRUE(start());
  add(noon_ms, 5);
  add(noon_ms + 20'000, 2);
  add(noon_ms + 40'000, 4);
  add(noon_ms + 10'000, 7, 1);
  add(noon_ms + 50'000, 7, 1);
  commit();
  EXPECT_EQ(query("SELECT count(*) FROM periods"), 0);
  add(noon_ms + minute_ms, 1);
  commit();
  EXPECT_EQ(rollup("metrics_1m", noon_ms), "3 2 5 11 4");
  EXPECT_EQ(rollup("metrics_1m", noon_ms, 1), "2 7 7 14 7");
  EXPECT_EQ(query("SELECT count(*) FROM rollups WHERE max IS NULL AND sum IS NULL AND last IS NULL"), 1);
  EXPECT_EQ(query_text("SELECT time FROM metrics_1m"), "2026-01-01 12:00:00");
}

TEST_F(StoreRollup, ARestartInTheMiddleOfAMinuteOrHourChangesNothing) {
  ASSERT_TRUE(start());
  for (std::int64_t i = 0; i < 3 * 60; ++i) {
    if (i % 25 == 24) {
      commit();
      restart();
    }
    add(noon_ms + i * minute_ms / 2, static_cast<double>(i));
  }
  commit();
  EXPECT_EQ(query("SELECT count(*) FROM metrics_1m"), 89);
  EXPECT_EQ(query("SELECT count(*) FROM metrics_1m WHERE count <> 2 OR max <> min + 1 OR last <> max"), 0);
  EXPECT_EQ(rollup("metrics_1h", noon_ms), "120 0 119 7140 119");
}

TEST_F(StoreRollup, AStartReadsTheNewestMinuteOnly) {
  ASSERT_TRUE(start());
  stop();
  const auto plan = [&](std::string_view sql) {
    std::string text;
    auto connection =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_only, std::chrono::seconds(5));
    auto statement = connection->prepare("EXPLAIN QUERY PLAN " + std::string(sql));
    while (statement->step().value_or(false)) text += std::string(statement->text(3)) + "; ";
    return text;
  };
  EXPECT_EQ(plan(newest_minute_sql), "SCAN periods; ");  // from the newest on, no index to sort
  EXPECT_THAT(plan(batches_between_sql),
              testing::StartsWith("SEARCH batches USING COVERING INDEX batches_by_time "
                                  "(time_ms>? AND time_ms<?); "));
}

TEST_F(StoreRollup, LateSamplesReopenTheirMinuteAndHour) {
  ASSERT_TRUE(start());
  add(noon_ms, 1);
  add(noon_ms + hour_ms, 2);
  add(noon_ms + hour_ms + minute_ms, 3);
  commit();
  EXPECT_EQ(rollup("metrics_1h", noon_ms), "1 1 1 1 1");
  const std::int64_t before = query("SELECT max(period) FROM periods");
  add(noon_ms + 1'000, 10);
  add(noon_ms + hour_ms + 2 * minute_ms, 4);
  add(noon_ms + hour_ms + 3 * minute_ms, 5);
  commit();
  EXPECT_EQ(rollup("metrics_1m", noon_ms), "2 1 10 11 10");
  EXPECT_EQ(rollup("metrics_1h", noon_ms), "2 1 10 11 10");
  EXPECT_EQ(rollup("metrics_1m", noon_ms + hour_ms + minute_ms), "1 3 3 3 3");
  EXPECT_EQ(query("SELECT count(*) FROM periods WHERE time_ms = " + std::to_string(noon_ms) +
                  " AND period > " + std::to_string(before)),
            2)
      << "new numbers: they are delivered again";
}

TEST_F(StoreRollup, ACrashWhileAMinuteIsOpenAgainLosesNothingOfIt) {
  ASSERT_TRUE(start());
  add(noon_ms, 1);
  add(noon_ms + minute_ms, 2);
  add(noon_ms + 1'000, 10);  // late; the minute is open again
  commit();
  restart();
  add(noon_ms + 2 * minute_ms, 3);
  commit();
  EXPECT_EQ(rollup("metrics_1m", noon_ms), "2 1 10 11 10");
  EXPECT_EQ(rollup("metrics_1m", noon_ms + minute_ms), "1 2 2 2 2");
}

TEST_F(StoreRollup, ASumIsNeverInfinite) {
  ASSERT_TRUE(start());
  for (int i = 0; i < 3; ++i) add(noon_ms + i, -1.5e308);
  add(noon_ms + minute_ms, 0);
  commit();
  EXPECT_EQ(query("SELECT sum = -1.7976931348623157e308 FROM metrics_1m"), 1);
}

TEST_F(StoreRollup, TheReaderGivesWholePeriodsInOrder) {
  ASSERT_TRUE(start());
  for (int minute = 0; minute < 10; ++minute) {
    for (std::size_t series = 0; series < 5; ++series) add(noon_ms + minute * minute_ms, minute, series);
  }
  commit();
  StoreReader reader(options_.path);
  const auto first = reader.periods(0, 12);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->size(), 3U);
  EXPECT_EQ(first->at(1).time_ms, noon_ms + minute_ms);
  EXPECT_EQ(first->at(1).length_s, minute_s);
  ASSERT_EQ(first->at(1).rows.size(), 5U);
  EXPECT_EQ(first->at(1).rows[4].series->id, series_[4]->id);
  EXPECT_EQ(first->at(1).rows[4].rollup, (Rollup{.count = 1, .min = 1, .max = 1, .sum = 1, .last = 1}));
  const auto rest = reader.periods(first->back().number, 1'000);
  EXPECT_EQ(rest->size(), 6U);
  store_->advance_periods(rest->back().number);
  ASSERT_TRUE(wait_until([&] { return store_->status().delivered_period == rest->back().number; }));
  restart();
  EXPECT_EQ(store_->status().delivered_period, rest->back().number);
}

TEST_F(StoreRollup, OldMinutesAndHoursExpire) {
  options_.retention_1m = std::chrono::hours(1);
  options_.retention_1h = std::chrono::hours(24 * 365 * 100);
  ASSERT_TRUE(start());
  for (int minute = 0; minute < 130; ++minute) add(noon_ms + minute * minute_ms, 1);  // long ago
  commit();
  add(noon_ms + 200 * minute_ms, 1);
  commit();
  ASSERT_TRUE(wait_until([&] {
    add(noon_ms + static_cast<std::int64_t>(200 + added_) * minute_ms, 1);
    return query("SELECT count(*) FROM periods WHERE length_s = 60") <= 2;
  }));
  EXPECT_GE(query("SELECT count(*) FROM metrics_1h"), 2);
}

TEST_F(StoreRollup, AFullStoreGivesAwayOldMinutesBeforeSamples) {
  options_.size_bytes_max = 2U << 20;
  ASSERT_TRUE(start());
  for (int minute = 0; minute < 100; ++minute) append("cpu", noon_ms + minute * minute_ms, 400);
  ASSERT_TRUE(collected(40'000));
  ASSERT_GT(query("SELECT count(*) FROM periods"), 90);
  for (int i = 0; query("SELECT count(*) FROM periods WHERE length_s = 60") > 50; ++i) {
    ASSERT_LT(i, 400);
    append("cpu", noon_ms + 101 * minute_ms + i, 400);
    ASSERT_TRUE(collected(40'000 + 400 * (static_cast<std::uint64_t>(i) + 1)));
  }
  EXPECT_EQ(query("SELECT min(seq) FROM batches WHERE collector = 'cpu'"), 1);
  EXPECT_EQ(store_->status().counters.expired, 0U);
}

TEST_F(StoreRollup, TheNumberOfBackwardStepsOutlivesARestart) {
  ASSERT_TRUE(start());
  EXPECT_EQ(store_->status().newest_at_open_ms, 0);
  append("cpu", noon_ms, 1);
  store_->set_backward_steps(3);
  ASSERT_TRUE(wait_until([&] { return store_->status().backward_steps == 3; }));
  restart();
  EXPECT_EQ(store_->status().backward_steps, 3);
  EXPECT_EQ(store_->status().newest_at_open_ms, noon_ms);
}

}  // namespace
}  // namespace caretaker
