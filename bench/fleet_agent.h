// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/identity.h"
#include "base/result.h"
#include "bench/recorded_ticks.h"
#include "config/config.h"
#include "sql/mysql_writer.h"
#include "sql/store_reader.h"

namespace caretaker::bench {

inline constexpr std::chrono::seconds fleet_interval{10};
inline constexpr std::chrono::seconds fleet_flush_interval{60};

// The host number `number` of the fleet.
[[nodiscard]] HostIdentity fleet_host(std::size_t number);

// What an agent would have in its local store. One per thread: it makes one agent's batches after the
// other's.
class FleetBatches {
 public:
  explicit FleetBatches(const RecordedTicks& recorded);

  // The ids of the host's series.
  [[nodiscard]] std::vector<std::int64_t> series_ids(std::int64_t host_id) const;
  // Makes the batches and the complete minutes of the ticks [first, last) after `begin_ms`.
  void make(std::int64_t host_id, std::int64_t begin_ms, std::int64_t first, std::int64_t last);

  [[nodiscard]] const std::vector<StoredBatch>& batches() const { return batches_; }
  [[nodiscard]] const std::vector<StoredPeriod>& periods() const { return periods_; }

 private:
  void add(const SampleBatch& batch, std::int64_t time_ms);
  void close_minute(std::int64_t time_ms);

  struct Entry {
    std::int64_t recorded_id;
    StoredSeries series;
    Rollup rollup;
  };
  const RecordedTicks& recorded_;
  std::unordered_map<const Series*, Entry> entries_;
  std::vector<StoredBatch> batches_;
  std::vector<StoredPeriod> periods_;
};

// One agent: where it stands in its ledger. Used by one thread at a time.
class FleetAgent {
 public:
  explicit FleetAgent(std::size_t number);

  // One flush as MysqlDelivery makes it when the interval is long: connects, delivers the ticks up to `last`,
  // closes. The number of samples delivered.
  Result<std::uint64_t> flush(const MysqlConfig& config, FleetBatches& made, std::int64_t begin_ms,
                              std::int64_t last);

  [[nodiscard]] std::int64_t next_tick() const { return next_tick_; }
  [[nodiscard]] std::uint64_t retries() const { return retries_; }
  // Where in the interval it flushes, from 0 to 1.
  [[nodiscard]] double moment() const;

 private:
  Result<> compare_ledger(MysqlConnection& connection);
  Result<std::uint64_t> deliver(MysqlConnection& connection, const std::string& headline_table,
                                const MysqlConfig& config, const FleetBatches& made);

  HostIdentity host_;
  std::int64_t epoch_;
  std::int64_t seq_ = 0;        // delivered up to here
  std::int64_t next_tick_ = 0;  // not delivered yet
  bool ledger_open_ = false;
  std::uint64_t retries_ = 0;
};

}  // namespace caretaker::bench
