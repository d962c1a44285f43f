// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/parse.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"
#include "sql/store_reader.h"
#include "support/sql_server.h"
#include "support/temp_dir.h"

namespace caretaker {

using namespace std::chrono_literals;

inline constexpr MetricInfo load_info{"load1", "", "load average", MetricType::gauge};
inline constexpr MetricInfo bytes_info{"network_receive_bytes_total", "bytes", "received",
                                       MetricType::counter};
inline constexpr MetricInfo cpu_info{"system_cpu_usage_percent", "percent", "busy", MetricType::gauge};

inline void wait_until(const std::function<bool()>& done, std::chrono::milliseconds pause = 5ms) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited too long");
    std::this_thread::sleep_for(pause);
  }
}

// For questions to INNODB_TRX: whoever asks it again within 100 ms gets the old answer.
inline void wait_for_server(const std::function<bool()>& done) {
  wait_until(done, 120ms);
}

inline std::int64_t an_hour_ago_ms() {
  return SystemClock().now().realtime_ns / ns_per_s * ms_per_s - 3'600'000;
}

// (series_id, time in ms) -> value
using Samples = std::map<std::pair<std::int64_t, std::int64_t>, double>;

// The database monitor, and an account that may fill it.
inline void make_database(SqlServer& server) {
  server.execute("CREATE DATABASE monitor");
  server.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'secret'");
  server.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
}

// What `server` has of the database monitor.
inline Samples samples_on(SqlServer& server) {
  Samples samples;
  for (const SqlRow& row : server.query("SELECT series_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', time) "
                                        "DIV 1000, value FROM monitor.samples")) {
    samples[{*parse_number<std::int64_t>(*row[0]), *parse_number<std::int64_t>(*row[1])}] =
        *parse_number<double>(*row[2]);
  }
  return samples;
}

// A host that samples into its local store, which is delivered somewhere.
class DeliveringHost {
 protected:
  DeliveringHost() { open_store(); }

  void open_store() {
    auto store = LocalStore::start({.path = path(), .commit_interval = 5ms, .delivery = true}, host_,
                                   [](const Event&) {});
    if (!store) throw std::runtime_error(store.error().message);
    store_ = std::move(*store);
  }
  void close_store() {
    ASSERT_TRUE(store_->stop(10s));
    store_.reset();
  }
  [[nodiscard]] std::string path() const { return dir_.path("metrics.db"); }
  // The store's file as it is now, and back: as a crash, a restored snapshot or a power cut leaves it.
  void save_store(const std::string& name) {
    close_store();
    std::filesystem::copy_file(path(), dir_.path(name), std::filesystem::copy_options::overwrite_existing);
    open_store();
  }
  void restore_store(const std::string& name) {
    close_store();
    std::filesystem::copy_file(dir_.path(name), path(), std::filesystem::copy_options::overwrite_existing);
    open_store();
  }

  // `count` ticks of two collectors, committed to the local store: five samples per tick.
  void collect(int count) {
    const std::int64_t before = store_->status().last_seq;
    for (int i = 0; i < count; ++i) {
      time_ms_ += 1000;
      SampleBatch batch;
      batch.start("load", {.time_ms = time_ms_, .monotonic_ns = 0, .discontinuities = 0});
      for (const SeriesRef& series : series_) batch.add(series, static_cast<double>(time_ms_ % 9973) / 7);
      batch.add(counter_, static_cast<std::uint64_t>(time_ms_) * 1000);
      store_->append(batch);
      batch.start("system", {.time_ms = time_ms_, .monotonic_ns = 0, .discontinuities = 0});
      batch.add(cpu_, static_cast<double>(i));
      store_->append(batch);
    }
    wait_until([&] { return store_->status().last_seq >= before + 2 * count; });
  }

  static void flush_until_done(MysqlDelivery& delivery) {
    wait_until([&] { return delivery.flush({}).has_value(); });
  }

  Samples local_samples() {
    StoreReader reader(path());
    Samples samples;
    const auto batches = reader.batches(0, 1'000'000);
    if (!batches) throw std::runtime_error(batches.error().message);
    for (const StoredBatch& batch : *batches) {
      for (const StoredSample& sample : batch.samples) {
        samples[{sample.series->id, batch.time_ms}] = sample.value;
      }
    }
    return samples;
  }
  // What was collected is on the server, each sample once and as it was; and the books balance to the row.
  void expect_everything_is_once_on(SqlServer& server) {
    wait_until([&] { return store_->status().delivered_seq == store_->status().last_seq; });
    const Samples local = local_samples();
    EXPECT_TRUE(samples_on(server) == local) << samples_on(server).size() << " of " << local.size();
    EXPECT_EQ(server.value("SELECT COUNT(*) FROM monitor.samples"), std::to_string(local.size()));
    EXPECT_EQ(server.value("SELECT COUNT(*) FROM monitor.system_monitor"), std::to_string(local.size() / 5));
    const StoreCounters counters = store_->status().counters;
    std::uint64_t dropped = 0;
    for (const auto& [reason, samples] : counters.dropped) dropped += samples;
    EXPECT_EQ(counters.collected, counters.delivered + counters.pending + counters.expired + dropped);
    EXPECT_EQ(counters.delivered, local.size());
    EXPECT_EQ(counters.collected, local.size());
  }

  TempDir dir_;
  HostIdentity host_{.id = 4711, .name = "web1", .machine_id = "", .boot_id = "boot"};
  SeriesFactory factory_{host_.id};
  std::vector<SeriesRef> series_{factory_.make(load_info, {{"n", "1"}}),
                                 factory_.make(load_info, {{"n", "2"}}),
                                 factory_.make(load_info, {{"n", "it's"}})};
  SeriesRef counter_ = factory_.make(bytes_info, {{"device", "eth0"}});
  SeriesRef cpu_ = factory_.make(cpu_info);
  std::int64_t time_ms_ = an_hour_ago_ms();  // retention must not touch it
  std::unique_ptr<LocalStore> store_;
};

}  // namespace caretaker
