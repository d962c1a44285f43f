// SPDX-License-Identifier: MIT
#include "sql/local_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <limits>
#include <string_view>

#include "sql/store_reader.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

TEST_F(StoreTest, KeepsSamplesOverARestart) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 3);
  append("memory", 1'000, 2);
  restart();
  append("cpu", 2'000, 3);
  stop();
  EXPECT_EQ(query("SELECT count(*) FROM samples"), 8);
  EXPECT_EQ(query("SELECT count(*) FROM series"), 5) << "cpu has three, memory two of the same ids";
  EXPECT_EQ(query("SELECT sum(value) FROM samples WHERE seq = 3"), 3);
  EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'collected'"), 8);
  expect_exact_counters();
}

TEST_F(StoreTest, GroupMembersMayReadTheFilesWithAnyUmask) {
  const mode_t before = ::umask(0077);
  ASSERT_TRUE(start());
  append("cpu", 1'000);
  ASSERT_TRUE(collected(1));
  ::umask(before);
  for (const char* companion : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((options_.path + companion).c_str(), &status), 0) << companion;
    EXPECT_EQ(status.st_mode & 0777U, 0640U) << companion;
  }
  stop();
}

TEST_F(StoreTest, NumbersEverythingInTheOrderOfItsArrival) {
  ASSERT_TRUE(start());
  append("cpu", 1'000);
  store_->append(Event{.time_ms = 1'100, .kind = "suspend", .subject = "", .message = "m"});
  store_->append(JobRun{.time_ms = 1'200,
                        .job = "backup",
                        .duration_ms = 5,
                        .cpu_ms = 3,
                        .exit_status = 7,
                        .signal = 0,
                        .timed_out = true,
                        .standard_output = "out",
                        .standard_error = "err"});
  append("cpu", 2'000);
  stop();
  EXPECT_EQ(query_text("SELECT group_concat(collector) FROM (SELECT collector FROM batches ORDER BY seq)"),
            "cpu,events,job_runs,cpu");
  EXPECT_EQ(query_text("SELECT kind || message FROM events WHERE seq = 2"), "suspendm");
  EXPECT_EQ(query_text("SELECT job || exit_status || timed_out || standard_output || standard_error "
                       "FROM job_runs WHERE seq = 3"),
            "backup71outerr");
  EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'collected'"), 2) << "samples only";
  expect_exact_counters();
}

TEST_F(StoreTest, KeepsIntegersExactUpToTheLargestThatSqlHolds) {
  ASSERT_TRUE(start());
  const std::vector<Value> values = {std::uint64_t{0},
                                     std::uint64_t{9'007'199'254'740'993},
                                     std::uint64_t{9'223'372'036'854'775'807},
                                     std::uint64_t{9'223'372'036'854'775'808U},
                                     std::numeric_limits<std::uint64_t>::max(),
                                     4096.0,
                                     -3.0,
                                     0.1};
  SampleBatch batch;
  batch.start("cpu", {.time_ms = 1'000});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const SeriesRef series = factory_.make(info, {{"n", std::to_string(i)}});
    std::visit([&](auto value) { batch.add(series, value); }, values[i]);
  }
  store_->append(batch);
  stop();
  EXPECT_EQ(query_text("SELECT group_concat(typeof(value) || ':' || CAST(value AS TEXT), ' ') FROM samples"),
            "integer:0 integer:9007199254740993 integer:9223372036854775807 real:9.22337203685478e+18 "
            "real:1.84467440737096e+19 integer:4096 integer:-3 real:0.1");
  EXPECT_EQ(query("SELECT value = 9223372036854775808.0 FROM samples WHERE series = 4"), 1);
}

TEST_F(StoreTest, SortsSeriesAndCountsRepeatedOnes) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 40);
  SampleBatch batch;
  batch.start("cpu", {.time_ms = 2'000});
  for (std::size_t i = 40; i-- > 0;) batch.add(series_[i], std::uint64_t{i});
  batch.add(series_[5], std::uint64_t{999});
  store_->append(batch);
  stop();
  EXPECT_EQ(
      query("SELECT count(*) FROM samples a JOIN samples b USING (series) WHERE a.seq = 1 AND b.seq = 2 "
            "AND a.value = b.value"),
      40);
  EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'dropped_series_repeated'"), 1);
  expect_exact_counters();
}

TEST_F(StoreTest, RefusesAnIdThatBelongsToOtherText) {
  ASSERT_TRUE(start());
  append("cpu", 1'000);
  Series other = *series_[0];
  other.metric = "other";
  const SeriesRef refused = std::make_shared<const Series>(other);
  SampleBatch batch;
  for (std::int64_t tick = 2; tick < 5; ++tick) {
    batch.start("memory", {.time_ms = tick * 1'000});
    batch.add(refused, 1.0);
    store_->append(batch);
    append("cpu", tick * 1'000);
  }
  ASSERT_TRUE(collected(7));
  EXPECT_EQ(store_->status().counters.dropped["series_conflict"], 3U);
  ASSERT_TRUE(wait_until([&] { return saw_event("samples_dropped"); }));
  stop();
  EXPECT_EQ(count_events("samples_dropped"), 1);
  EXPECT_THAT(event_message("samples_dropped"), HasSubstr("other{\"n\":\"0\"}"));
  EXPECT_EQ(query("SELECT count(*) FROM events WHERE kind = 'samples_dropped'"), 1);
  EXPECT_EQ(query("SELECT count(*) FROM samples"), 4);
  expect_exact_counters();
}

TEST_F(StoreTest, FollowsAChangedUnitOfTheSameSeries) {
  ASSERT_TRUE(start());
  append("cpu", 1'000);
  stop();
  Series changed = *series_[0];
  changed.unit = "bytes";
  series_[0] = std::make_shared<const Series>(changed);
  ASSERT_TRUE(start());
  append("cpu", 2'000);
  stop();
  EXPECT_EQ(query_text("SELECT group_concat(unit) FROM series"), "bytes");
}

TEST_F(StoreTest, MovesTheCursorForwardOnlyAndNeverPastTheEnd) {
  options_.delivery = true;
  ASSERT_TRUE(start());
  append("cpu", 1'000, 2);
  append("cpu", 2'000, 3);
  store_->append(Event{.time_ms = 2'500, .kind = "k", .subject = "", .message = ""});
  append("cpu", 3'000, 4);
  ASSERT_TRUE(collected(9));
  EXPECT_EQ(store_->status().oldest_pending_ms, 1'000);
  store_->advance(2);
  ASSERT_TRUE(wait_until([&] { return store_->status().delivered_seq == 2; }));
  EXPECT_EQ(store_->status().counters.delivered, 5U);
  EXPECT_EQ(store_->status().counters.pending, 4U);
  EXPECT_EQ(store_->status().oldest_pending_ms, 2'500);
  store_->advance(1);
  store_->set_epoch(77);
  ASSERT_TRUE(wait_until([&] { return store_->status().epoch == 77; }));
  EXPECT_EQ(store_->status().delivered_seq, 2);
  store_->advance(1'000);
  ASSERT_TRUE(wait_until([&] { return store_->status().delivered_seq == 4; }));
  EXPECT_EQ(store_->status().oldest_pending_ms, 0);
  restart();
  EXPECT_EQ(store_->status().counters.delivered, 9U);
  EXPECT_EQ(store_->status().delivered_seq, 4);
  EXPECT_EQ(store_->status().epoch, 77);
  stop();
  expect_exact_counters();
}

TEST_F(StoreTest, BeginsANewEpochAfterARestartOfTheMachineOnly) {
  ASSERT_TRUE(start());
  const std::int64_t first = store_->status().epoch;
  EXPECT_NE(first, 0);
  restart();
  EXPECT_EQ(store_->status().epoch, first);
  stop();
  host_.boot_id = "boot-2";
  host_.name = "renamed";
  ASSERT_TRUE(start());
  EXPECT_NE(store_->status().epoch, first);
  stop();
  EXPECT_EQ(query_text("SELECT message FROM events WHERE kind = 'epoch_begun'"),
            "deliveries begin a new epoch: the machine was restarted");
  EXPECT_EQ(query_text("SELECT value FROM meta WHERE name = 'host'"), "renamed");
  host_.id = 43;
  ASSERT_TRUE(start());
  stop();
  EXPECT_EQ(query_text("SELECT message FROM events WHERE kind = 'epoch_begun' ORDER BY seq DESC"),
            "deliveries begin a new epoch: the store came from another machine");
}

TEST_F(StoreTest, ShowsTheViewsOfTheManual) {
  ASSERT_TRUE(start());
  SampleBatch batch;
  const MetricInfo percent{.name = "system_cpu_usage_percent", .unit = "percent", .help = "h"};
  const MetricInfo sent{.name = "system_network_sent_bytes_per_second", .unit = "bytes", .help = "h"};
  const SeriesRef cpu = factory_.make(percent);
  const SeriesRef network = factory_.make(sent);
  for (std::int64_t tick = 0; tick < 3; ++tick) {
    batch.start("system", {.time_ms = 1'700'000'000'123 + tick * 1'000});
    batch.add(cpu, 50.0);
    if (tick > 0) batch.add(network, std::uint64_t{7});
    store_->append(batch);
  }
  stop();
  EXPECT_EQ(query_text("SELECT group_concat(timestamp || ' ' || host || ' ' || (cpu_usage / 100) || ' ' || "
                       "ifnull(net_sent, 'null') || ' ' || ifnull(disk_usage, 'null'), '; ') FROM "
                       "(SELECT * FROM system_monitor ORDER BY timestamp DESC LIMIT 5)"),
            "2023-11-14 22:13:22.123 host 0.5 7.0 null; 2023-11-14 22:13:21.123 host 0.5 7.0 null; "
            "2023-11-14 22:13:20.123 host 0.5 null null");
  EXPECT_EQ(
      query_text("SELECT time || ' ' || time_ms || ' ' || host || ' ' || metric || ' ' || labels || ' ' || "
                 "value || ' ' || unit FROM metrics WHERE metric = 'system_cpu_usage_percent' LIMIT 1"),
      "2023-11-14 22:13:20.123 1700000000123 host system_cpu_usage_percent {} 50.0 percent");
}

TEST_F(StoreTest, FindsTheNewestRowsOfTheViewWithoutSorting) {
  ASSERT_TRUE(start());
  stop();
  const auto plan = [&](const std::string& sql) {
    std::string text;
    auto connection =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_only, std::chrono::seconds(5));
    auto statement = connection->prepare("EXPLAIN QUERY PLAN " + sql);
    while (statement->step().value_or(false)) text += std::string(statement->text(3)) + "\n";
    return text;
  };
  const std::string newest = plan("SELECT * FROM system_monitor ORDER BY timestamp DESC LIMIT 5");
  EXPECT_THAT(newest, HasSubstr("SCAN batches USING INDEX batches_system_monitor"));
  EXPECT_THAT(newest, testing::Not(HasSubstr("TEMP B-TREE")));
  const std::string hour = plan("SELECT * FROM metrics WHERE metric = 'm' AND time_ms > 1");
  EXPECT_THAT(hour, HasSubstr("COVERING INDEX batches_by_time (time_ms>?)"));
  EXPECT_THAT(hour, HasSubstr("SEARCH sample_rows USING INTEGER PRIMARY KEY (rowid=?)"));
}

TEST_F(StoreTest, TakesBatchesFromManyThreadsWhileAReaderReads) {
  ASSERT_TRUE(start());
  append("cpu", 0, 20);
  ASSERT_TRUE(collected(20));
  // The store keeps the name's view until its commit: names live as long as the program.
  static constexpr std::array<std::string_view, 4> collectors = {"one", "two", "three", "four"};
  constexpr int threads = collectors.size();
  constexpr int batches_each = 200;
  std::vector<std::jthread> writers;
  for (const std::string_view collector : collectors) {
    writers.emplace_back([&, collector] {
      SampleBatch batch;
      for (int i = 1; i <= batches_each; ++i) {
        batch.start(collector, {.time_ms = i * 1'000});
        for (const SeriesRef& series : series_) batch.add(series, static_cast<double>(i));
        store_->append(batch);
        static_cast<void>(store_->status());
      }
    });
  }
  StoreReader reader(options_.path);
  constexpr std::uint64_t all = 20 + 20 * threads * batches_each;
  std::int64_t seq = 0;
  std::uint64_t read = 0;
  EXPECT_TRUE(wait_until([&] {
    const auto batches = reader.batches(seq, 500);
    if (!batches) return true;
    for (const StoredBatch& batch : *batches) {
      EXPECT_EQ(batch.seq, seq + 1);
      seq = batch.seq;
      read += batch.samples.size();
    }
    return read >= all;
  }));
  EXPECT_EQ(read, all);
  writers.clear();
  stop();
  expect_exact_counters();
}

TEST_F(StoreTest, RefusesASecondProcessOnTheSameStore) {
  ASSERT_TRUE(start());
  const auto second = LocalStore::start(options_, host_, nullptr);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("already running (pid " + std::to_string(::getpid()) + ")"));
  restart();
}

TEST_F(StoreTest, AppliesNewLimitsWhileRunning) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 10);
  ASSERT_TRUE(collected(10));
  LocalStoreOptions changed = options_;
  changed.path = "/elsewhere";
  changed.retention = std::chrono::hours(1);
  store_->reconfigure(changed);
  EXPECT_EQ(store_->path(), options_.path);
  append("cpu", 2'000, 10);
  EXPECT_TRUE(wait_until([&] { return store_->status().counters.expired == 20; }));
  stop();
  expect_exact_counters();
}

}  // namespace
}  // namespace caretaker
