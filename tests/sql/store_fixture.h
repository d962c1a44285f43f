// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sql/local_store.h"
#include "sql/sqlite.h"
#include "support/temp_dir.h"

namespace caretaker {

inline bool wait_until(const std::function<bool()>& condition,
                       std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A store in a fresh folder that commits and retries every few milliseconds.
class StoreTest : public ::testing::Test {
 protected:
  static constexpr MetricInfo info{
      .name = "metric", .unit = "seconds", .help = "h", .type = MetricType::counter};

  StoreTest() {
    options_.path = dir_.path("metrics.db");
    options_.commit_interval = std::chrono::milliseconds(4);
    options_.retry_interval = std::chrono::milliseconds(20);
    options_.retention = options_.retention_1m = options_.retention_1h = std::chrono::hours(24 * 365 * 100);
    host_ = {.id = 42, .name = "host", .machine_id = "m", .boot_id = "boot-1"};
  }

  // Appends the events that the store raises to events_.
  Result<> start() {
    auto started = LocalStore::start(options_, host_, [this](const Event& event) {
      const std::lock_guard guard(mutex_);
      events_.push_back(event);
    });
    if (!started) return std::unexpected(started.error());
    store_ = std::move(*started);
    return {};
  }

  // Stops, which must commit everything.
  void stop() {
    ASSERT_TRUE(store_->stop(std::chrono::seconds(30)));
    store_.reset();
  }

  void restart() {
    stop();
    ASSERT_TRUE(start());
  }

  // `count` series of one collector with the values 0, 1, 2, ...
  void append(std::string_view collector, std::int64_t time_ms, std::size_t count = 1) {
    while (series_.size() < count) {
      const std::string number = std::to_string(series_.size());
      series_.push_back(factory_.make(info, {{"n", number}}));
    }
    SampleBatch batch;
    batch.start(collector, {.time_ms = time_ms});
    for (std::size_t i = 0; i < count; ++i) batch.add(series_[i], std::uint64_t{i});
    store_->append(batch);
  }

  // Waits until so many samples are counted by commits.
  bool collected(std::uint64_t count) {
    return wait_until([&] { return store_->status().counters.collected >= count; });
  }

  bool saw_event(std::string_view kind) { return count_events(kind) > 0; }
  long count_events(std::string_view kind) {
    const std::lock_guard guard(mutex_);
    return std::ranges::count(events_, kind, &Event::kind);
  }
  std::string event_message(std::string_view kind) {
    const std::lock_guard guard(mutex_);
    const auto event = std::ranges::find(events_, kind, &Event::kind);
    return event == events_.end() ? "" : event->message;
  }

  std::int64_t query(const std::string& sql) const {
    auto connection =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_only, std::chrono::seconds(5));
    if (!connection) return -1;
    return connection->query_integer(sql).value_or(-1);
  }

  // The first column of the first row as text.
  std::string query_text(const std::string& sql) const {
    auto connection =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_only, std::chrono::seconds(5));
    if (!connection) return connection.error().message;
    auto statement = connection->prepare(sql);
    if (!statement) return statement.error().message;
    const auto row = statement->step();
    if (!row) return row.error().message;
    return *row ? std::string(statement->text(0)) : "no row";
  }

  // Promise 2, checked against the rows themselves. The store must be stopped.
  void expect_exact_counters() const {
    EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'collected'"),
              query("SELECT sum(value) FROM counters WHERE name <> 'collected'"));
    EXPECT_EQ(query("SELECT coalesce((SELECT value FROM counters WHERE name = 'pending'), 0)"),
              query("SELECT count(*) FROM samples WHERE seq > coalesce((SELECT value FROM meta "
                    "WHERE name = 'delivered_seq'), 0) "
                    "AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE dead_letters.seq = samples.seq "
                    "AND dead_letters.series = samples.series)"));
    EXPECT_EQ(query("SELECT coalesce(sum(rows), 0) FROM batches"),
              query("SELECT (SELECT count(*) FROM samples) + (SELECT count(*) FROM events) + "
                    "(SELECT count(*) FROM job_runs) + (SELECT count(*) FROM cleanup_runs) + "
                    "(SELECT count(*) FROM cleanup_actions)"));
    EXPECT_EQ(query_text("PRAGMA integrity_check"), "ok");
  }

  TempDir dir_;
  LocalStoreOptions options_;
  HostIdentity host_;
  SeriesFactory factory_{42};
  std::vector<SeriesRef> series_;
  std::mutex mutex_;
  std::vector<Event> events_;
  std::unique_ptr<LocalStore> store_;  // last: its thread uses the members above
};

}  // namespace caretaker
