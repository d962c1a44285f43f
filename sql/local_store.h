// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/cleanup_record.h"
#include "base/identity.h"
#include "base/record.h"
#include "base/result.h"
#include "base/sample.h"

namespace caretaker {

struct LocalStoreOptions {
  std::string path;
  std::chrono::milliseconds commit_interval{1'000};
  std::chrono::milliseconds retention{std::chrono::days{7}};
  std::chrono::milliseconds retention_1m{std::chrono::days{90}};
  std::chrono::milliseconds retention_1h{std::chrono::days{1825}};
  std::uint64_t size_bytes_max = 2ULL << 30;
  // Memory for what waits for the disk; beyond it the oldest waiting batch is dropped{queue_full}.
  std::uint64_t queue_bytes_max = 4U << 20;
  // How often a store that cannot be written is tried again.
  std::chrono::milliseconds retry_interval{2'000};
  // MySQL is configured: what retention removes before delivery counts as dropped, not as expired.
  bool delivery = false;
  bool operator==(const LocalStoreOptions&) const = default;
};

// Samples over the store's whole life; kept in the store and moved by the commit that they count.
// collected = delivered + pending + expired + sum of dropped.
struct StoreCounters {
  std::uint64_t collected = 0;
  std::uint64_t delivered = 0;
  std::uint64_t pending = 0;
  std::uint64_t expired = 0;
  std::map<std::string, std::uint64_t> dropped;  // by reason: queue_full, retention_age, retention_size,
                                                 // series_conflict, series_too_many, series_repeated,
                                                 // store_lost, refused
};

struct StoreStatus {
  bool writable = false;
  std::string last_error;  // empty while writable
  StoreCounters counters;
  std::int64_t epoch = 0;              // random, made with the store; see MysqlDelivery
  std::int64_t last_seq = 0;           // newest committed batch
  std::int64_t delivered_seq = 0;      // the cursor
  std::int64_t delivered_period = 0;   // the cursor of the rollups
  std::int64_t oldest_pending_ms = 0;  // UTC time of the oldest undelivered batch, 0 when none waits
  std::int64_t newest_at_open_ms = 0;  // newest time of any batch when the store was opened
  std::int64_t backward_steps = 0;     // of the clock, see Tick
  std::uint64_t size_bytes = 0;        // database and WAL
  std::uint64_t queue_samples = 0;     // in memory, not yet committed
  std::uint64_t commits = 0;
  std::chrono::microseconds last_commit_duration{0};
};

// The always-on local SQL store (SQLite): one thread owns the only writing connection and commits once per
// commit_interval. The file is locked ("already running (pid N)"). A corrupt file is moved aside and a new
// one is begun; any other failure keeps a bounded queue in memory, is reported once per change and is
// retried. All public functions may be called from any thread and never wait for the disk, except stop() and
// flush().
// Layout and order: docs/architecture.md, sql/sqlite/.
class LocalStore {
 public:
  // Called on the store thread, also before start() has returned; must not block, may call append(). Kinds:
  // store_failing, store_recovered, store_quarantined, store_moved, epoch_begun, samples_dropped. The store
  // has already appended the event to itself.
  using OnEvent = std::function<void(const Event&)>;

  // Starts the thread and waits at most one second for the first attempt to open the file, whose failure is
  // visible in status(). Fails only when another process holds the store or the thread cannot start.
  [[nodiscard]] static Result<std::unique_ptr<LocalStore>> start(LocalStoreOptions options, HostIdentity host,
                                                                 OnEvent on_event);
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;
  ~LocalStore();

  void append(const SampleBatch& batch);
  void append(Event event);
  void append(JobRun run);
  // The second record of a run, or of an action of it, replaces the first.
  void append(CleanupRun run);
  void append(CleanupAction action);
  // Remembered for cleanup, not delivered.
  void remember(UsageChange change);
  // Commits now, instead of at the interval, and waits for it: true once all that was appended before is
  // committed; records of cleanup are then on the disk, also for a machine that loses power. False at the
  // deadline or when the store cannot be written: what was appended is then still waiting. False also when a
  // record of cleanup or a UsageChange since the last flush found no room in the queue: that one is lost.
  [[nodiscard]] bool flush(std::chrono::milliseconds deadline);

  // Everything up to `seq` is in MySQL: moves the cursor with the next commit. Never backwards. Numbers go on
  // when a corrupt store is replaced, so a late call never passes batches of the new one.
  void advance(std::int64_t seq);
  // The same for rollups, up to a number of the table `periods`.
  void advance_periods(std::int64_t period);
  // MySQL refuses these rows: with the next commit they are listed in `dead_letters`, counted as
  // dropped{refused} and not read for delivery again. Those that are listed already are left alone.
  void set_aside(std::vector<DeadLetter> letters);
  // Remembers how often the clock went back, for the next start.
  void set_backward_steps(std::int64_t steps);
  // A reader met corruption (EUCLEAN): the store thread checks the whole file, at most once per hour, and
  // moves it aside when that confirms it.
  void check();
  // Begins a new epoch (see MysqlDelivery) with the next commit.
  void set_epoch(std::int64_t epoch);

  void reconfigure(LocalStoreOptions options);  // all but `path`
  [[nodiscard]] StoreStatus status() const;
  [[nodiscard]] const std::string& path() const;

  // Commits what waits and ends the thread; from its call on nothing is taken in. Waits at most `deadline`.
  // False when not everything could be committed, or the disk did not answer: its thread is then left behind.
  bool stop(std::chrono::milliseconds deadline);

 private:
  class Impl;
  explicit LocalStore(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl>
      impl_;  // shared with the thread, which may be held by the disk for longer than we wait
};

}  // namespace caretaker
