// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/identity.h"
#include "base/told_reasons.h"
#include "cleanup/desk.h"
#include "cleanup/engine_lock.h"
#include "config/config.h"
#include "config/loader.h"
#include "daemon/control_server.h"
#include "daemon/headline.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/query_thread.h"
#include "daemon/sampling_job.h"
#include "daemon/scheduler.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"
#include "systemd/event_loop.h"

namespace caretaker {

// What a reload did. `error` empty: it took effect.
struct ReloadOutcome {
  std::vector<std::string> changed;        // jobs that were touched
  std::vector<std::string> needs_restart;  // settings that wait for the next start
  std::vector<std::string> problems;       // FILE:LINE: ... ; also warnings of a good configuration
  std::string error;
};

// The composition root: owns every part, wires them in start() and takes them down in the opposite order.
// Main thread only; a part that another thread touches says so in its own header.
class Daemon {
 public:
  // All of the stop fits into one second (promise 3).
  static constexpr std::chrono::milliseconds jobs_stop_deadline{500};
  static constexpr std::chrono::milliseconds queries_stop_deadline{100};
  static constexpr std::chrono::milliseconds store_stop_deadline{300};

  // Opens the store, listens and schedules. Errors name what stands in the way.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> start(Options options, Config config);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Until SIGTERM, SIGINT or a stop command; then stops in order. The exit code.
  [[nodiscard]] int run();
  // After run(). False: a thread is stuck in a call that does not return, so this object must not be
  // destroyed.
  [[nodiscard]] bool all_threads_ended() const { return all_threads_ended_; }

  [[nodiscard]] ReloadOutcome reload();
  // Ends run() a moment later; restart_soon() lets main start the program anew.
  void quit_soon();
  void restart_soon();
  [[nodiscard]] bool restart_requested() const { return restart_; }

  // For the control API.
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const HostIdentity& host() const { return host_; }
  [[nodiscard]] Scheduler& scheduler() { return *scheduler_; }
  [[nodiscard]] QueryThread& queries() { return *queries_; }
  [[nodiscard]] const LocalStore& store() const { return *store_; }
  [[nodiscard]] Headline headline() const { return headline_.get(); }
  [[nodiscard]] std::shared_ptr<MysqlDelivery> delivery() const { return delivery_.load(); }
  [[nodiscard]] CleanupDesk& cleanup() { return cleanup_; }
  [[nodiscard]] std::int64_t uptime_ms() const;
  [[nodiscard]] std::int64_t now_ms() const { return clock_.now().realtime_ns / ns_per_ms; }

 private:
  Daemon(Options options, Config config);
  Result<> open_log();
  Result<> open_store();
  Result<> watch_signals();
  std::int64_t backward_steps();
  Result<> open_scheduler();
  Result<> listen();

  Result<> apply(Config config, ReloadOutcome& outcome);
  [[nodiscard]] JobWorkFactory make_factory(const JobSpec& spec);
  [[nodiscard]] JobWorkFactory make_engine_factory(const JobSpec& spec);
  void post_event(const Event& event);
  [[nodiscard]] SelfStats self_stats() const;
  void take_batch(const SampleBatch& batch);
  void on_event(const Event& event);
  void print_headline() const;
  void on_run_finished();
  [[nodiscard]] std::string status_line() const;
  void stop_in_order();

  Options options_;
  Config config_;
  SystemClock clock_;
  HostIdentity host_;
  std::int64_t start_ns_;  // CLOCK_MONOTONIC
  std::int64_t last_status_ns_ = 0;
  std::function<void(JobRun)> on_job_run_;
  SamplingContext sampling_;
  HeadlineBoard headline_;
  EngineLock engine_lock_;  // one for all engines: whoever has two has one at a time
  CleanupDesk cleanup_;
  std::unique_ptr<Log> log_;
  ToldReasons loop_errors_told_{std::chrono::minutes{10}};
  std::unique_ptr<EventLoop> loop_;
  std::vector<EventLoop::SourceHandle> signals_;
  EventLoop::SourceHandle quit_timer_{nullptr, nullptr};
  bool restart_ = false;
  bool all_threads_ended_ = true;
  std::unique_ptr<LocalStore> store_;
  std::atomic<std::shared_ptr<MysqlDelivery>>
      delivery_;  // replaced on reload, read by the `self` job's thread
  std::unique_ptr<QueryThread> queries_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<ControlServer> control_;
};

// The options of the store that a configuration asks for.
[[nodiscard]] LocalStoreOptions store_options(const Config& config);

// config/loader.h with the collectors that this binary has. A default file that does not exist means all
// defaults; one that was named must exist.
[[nodiscard]] LoadResult load_daemon_config(const Options& options);

}  // namespace caretaker
