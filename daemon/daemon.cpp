// SPDX-License-Identifier: MIT
#include "daemon/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "collectors/collector.h"
#include "daemon/api.h"
#include "daemon/cleanup_job.h"
#include "daemon/command_job.h"
#include "daemon/mysql_job.h"
#include "daemon/pull_job.h"
#include "systemd/notify.h"

namespace caretaker {
namespace {

constexpr std::int64_t status_every_ns = 60 * ns_per_s;
constexpr std::int64_t quit_delay_ns = 50 * ns_per_ms;
constexpr milliseconds commit_interval_min{1'000};
constexpr milliseconds commit_interval_max{10'000};

std::vector<std::string> settings_that_need_a_restart(const Config& before, const Config& after) {
  std::vector<std::string> names;
  if (before.store.path != after.store.path) names.emplace_back("[store] path");
  if (before.control != after.control) names.emplace_back("[control] socket");
  if (before.service.host_name != after.service.host_name) names.emplace_back("[service] host_name");
  return names;
}

}  // namespace

LocalStoreOptions store_options(const Config& config) {
  const milliseconds commit_interval =
      config.store.commit_interval.count() != 0
          ? config.store.commit_interval
          : std::clamp(config.service.interval, commit_interval_min, commit_interval_max);
  return {.path = config.store.path,
          .commit_interval = commit_interval,
          .retention = config.store.retention,
          .retention_1m = config.store.retention_1m,
          .retention_1h = config.store.retention_1h,
          .size_bytes_max = config.store.size_max,
          .delivery = config.mysql.enabled()};
}

LoadResult load_daemon_config(const Options& options) {
  if (!options.config_file_given && !std::filesystem::exists(options.config_file)) return {};
  std::vector<std::string_view> names;
  for (const CollectorInfo& collector : collector_registry()) names.push_back(collector.name);
  return load_config(options.config_file, {.collector_names = names});
}

Result<std::unique_ptr<Daemon>> Daemon::start(Options options, Config config) {
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options), std::move(config)));
  for (const auto step : {&Daemon::open_log, &Daemon::watch_signals, &Daemon::open_store,
                          &Daemon::open_scheduler, &Daemon::listen}) {
    if (auto done = (daemon.get()->*step)(); !done) return std::unexpected(done.error());
  }
  daemon->on_event({.time_ms = daemon->now_ms(),
                    .kind = "daemon_started",
                    .message = fmt::format("version {}, {} jobs, store {}, control socket {}",
                                           CARETAKER_VERSION, daemon->scheduler_->status().size(),
                                           daemon->config_.store.path, daemon->config_.control.socket)});
  return daemon;
}

Daemon::Daemon(Options options, Config config)
    : options_(std::move(options)),
      config_(std::move(config)),
      host_(read_host_identity(options_.paths, config_.service.host_name)),
      start_ns_(clock_.now().monotonic_ns),
      on_job_run_([this](JobRun run) { store_->append(std::move(run)); }),
      sampling_{.paths = options_.paths,
                .series = SeriesFactory(host_.id),
                .clock = clock_,
                .self_stats = [this] { return self_stats(); },
                .statvfs_helper_command = statvfs_helper_command(),
                .on_batch = [this](const SampleBatch& batch) { take_batch(batch); }} {}

Daemon::~Daemon() = default;

Result<> Daemon::open_log() {
  auto log = Log::open(config_.log, host_.name);
  if (!log) return std::unexpected(log.error());
  log_ = std::move(*log);
  return {};
}

Result<> Daemon::watch_signals() {
  auto loop = EventLoop::create([this](const Error& error) {
    if (!loop_errors_told_.is_new(error.message, now_ms())) return;
    on_event({.time_ms = now_ms(), .kind = "loop_error", .message = error.message});
  });
  if (!loop) return std::unexpected(loop.error());
  loop_ = std::move(*loop);
  loop_->enable_watchdog();
  const std::pair<int, std::function<void()>> handlers[] = {{SIGTERM, [this] { loop_->quit(); }},
                                                            {SIGINT, [this] { loop_->quit(); }},
                                                            {SIGHUP, [this] { (void)reload(); }}};
  for (const auto& [number, handler] : handlers) {
    auto source = loop_->add_signal(number, handler);
    if (!source) return std::unexpected(source.error());
    signals_.push_back(std::move(*source));
  }
  auto timer = loop_->add_timer([this] { loop_->quit(); });
  if (!timer) return std::unexpected(timer.error());
  quit_timer_ = std::move(*timer);
  return {};
}

Result<> Daemon::open_store() {
  auto store = LocalStore::start(store_options(config_), host_, [this](const Event& event) {
    loop_->post([this, event] { log_->write(event); });
  });
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  auto queries = QueryThread::start(*loop_, *store_);
  if (!queries) return std::unexpected(queries.error());
  queries_ = std::move(*queries);
  return {};
}

Result<> Daemon::open_scheduler() {
  auto scheduler = Scheduler::create(
      *loop_, clock_, {.host_id = host_.id, .backward_steps = backward_steps()},
      {.make_factory = [this](const JobSpec& spec) { return make_factory(spec); },
       .on_event = [this](const Event& event) { on_event(event); },
       .on_backward_step = [this](std::int64_t steps) { store_->set_backward_steps(steps); },
       .on_run_finished = [this](const std::string&) { on_run_finished(); }});
  if (!scheduler) return std::unexpected(scheduler.error());
  scheduler_ = std::move(*scheduler);
  const auto applied = scheduler_->apply(plan_jobs(config_));
  if (!applied) return std::unexpected(applied.error());
  return {};
}

// A store with batches from the future tells that the clock went back while no daemon ran.
std::int64_t Daemon::backward_steps() {
  const StoreStatus store = store_->status();
  if (store.newest_at_open_ms <= now_ms()) return store.backward_steps;
  on_event({.time_ms = now_ms(),
            .kind = "clock_step",
            .message = fmt::format("the newest samples are {:.3f} s ahead of the clock: it went back while "
                                   "the daemon did not run",
                                   static_cast<double>(store.newest_at_open_ms - now_ms()) / ms_per_s)});
  store_->set_backward_steps(store.backward_steps + 1);
  return store.backward_steps + 1;
}

Result<> Daemon::listen() {
  auto control = ControlServer::start(*loop_, {.socket_path = config_.control.socket}, api_routes(this));
  if (!control) return std::unexpected(control.error());
  control_ = std::move(*control);
  return {};
}

void Daemon::quit_soon() {
  // The answer to whoever asked for it must still leave the process.
  EventLoop::arm_timer(*quit_timer_, clock_.now().monotonic_ns + quit_delay_ns);
}

void Daemon::restart_soon() {
  restart_ = true;
  quit_soon();
}

int Daemon::run() {
  (void)notify_ready(status_line());
  const auto ran = loop_->run();
  if (!ran) on_event({.time_ms = now_ms(), .kind = "daemon_failed", .message = ran.error().message});
  stop_in_order();
  return ran ? 0 : 1;
}

void Daemon::stop_in_order() {
  (void)notify_stopping("stopping");
  control_.reset();
  std::vector<std::string> left = scheduler_->stop_all(jobs_stop_deadline);
  if (!queries_->stop(queries_stop_deadline)) left.emplace_back("query");
  on_event(
      {.time_ms = now_ms(),
       .kind = "daemon_stopped",
       .message = left.empty() ? "all jobs ended" : fmt::format("left behind: {}", fmt::join(left, ", "))});
  if (!store_->stop(store_stop_deadline)) left.emplace_back("store");
  all_threads_ended_ = left.empty();
}

Result<> Daemon::apply(Config config, ReloadOutcome& outcome) {
  auto log = Log::open(config.log, host_.name);
  if (!log) return std::unexpected(log.error());
  auto changed = scheduler_->apply(plan_jobs(config));
  if (!changed) return std::unexpected(changed.error());
  log_ = std::move(*log);
  outcome.changed = std::move(*changed);
  outcome.needs_restart = settings_that_need_a_restart(config_, config);
  if (!config.mysql.enabled()) delivery_.store(nullptr);
  config_ = std::move(config);
  store_->reconfigure(store_options(config_));
  return {};
}

ReloadOutcome Daemon::reload() {
  (void)notify_reloading("reloading");
  ReloadOutcome outcome;
  LoadResult loaded = load_daemon_config(options_);
  for (const Problem& problem : loaded.problems) outcome.problems.push_back(to_string(problem));
  Event event{.time_ms = now_ms(), .kind = "config_reloaded", .subject = options_.config_file};
  if (!loaded.ok()) {
    outcome.error = "the configuration has mistakes; the old one keeps running";
    event.message = fmt::format("{}: {}", outcome.error, fmt::join(outcome.problems, "; "));
  } else if (auto applied = apply(std::move(loaded.config), outcome); !applied) {
    outcome.error = event.message = applied.error().message;
  } else {
    event.message = fmt::format("changed jobs: {}{}", outcome.changed.empty() ? "none" : "",
                                fmt::join(outcome.changed, ", "));
  }
  if (!outcome.error.empty()) event.kind = "config_invalid";
  on_event(event);
  (void)notify_ready(status_line());
  return outcome;
}

JobWorkFactory Daemon::make_factory(const JobSpec& spec) {
  if (const auto* sampling = std::get_if<SamplingSettings>(&spec.settings)) {
    return [this, settings = *sampling] { return std::make_unique<SamplingJob>(settings, sampling_); };
  }
  if (const auto* mysql = std::get_if<DeliverySettings>(&spec.settings)) {
    auto delivery = std::make_shared<MysqlDelivery>(mysql->mysql, host_, *store_,
                                                    [this](const Event& event) { post_event(event); });
    delivery_.store(delivery);
    return [delivery] { return std::make_unique<MysqlJob>(delivery); };
  }
  if (const auto* command = std::get_if<CommandJobConfig>(&spec.settings)) {
    return [this, name = spec.name, settings = *command] {
      return std::make_unique<CommandJob>(name, settings, on_job_run_);
    };
  }
  return make_engine_factory(spec);
}

JobWorkFactory Daemon::make_engine_factory(const JobSpec& spec) {
  const auto on_event = [this](const Event& event) { post_event(event); };
  if (const auto* pull = std::get_if<PullSettings>(&spec.settings)) {
    return [this, on_event, name = spec.name, settings = *pull] {
      return std::make_unique<PullJob>(name, settings.pull, settings.socket,
                                       PullSurroundings{.lock = engine_lock_,
                                                        .clock = clock_,
                                                        .series = sampling_.series,
                                                        .on_event = on_event,
                                                        .on_batch = sampling_.on_batch});
    };
  }
  return [this, on_event, settings = std::get<CleanupSettings>(spec.settings)] {
    return std::make_unique<CleanupJob>(CleanupPolicy{.cleanup = settings.cleanup, .docker = settings.docker},
                                        CleanupSurroundings{.store = *store_,
                                                            .lock = engine_lock_,
                                                            .desk = cleanup_,
                                                            .clock = clock_,
                                                            .series = sampling_.series,
                                                            .on_event = on_event,
                                                            .on_batch = sampling_.on_batch});
  };
}

// From any thread.
void Daemon::post_event(const Event& event) {
  loop_->post([this, event] { on_event(event); });
}

SelfStats Daemon::self_stats() const {
  SelfStats stats;
  scheduler_->add_stats(stats);
  const StoreStatus store = store_->status();
  stats.samples_collected = store.counters.collected;
  stats.samples_delivered = store.counters.delivered;
  stats.samples_pending = store.counters.pending;
  stats.samples_expired = store.counters.expired;
  stats.samples_dropped = store.counters.dropped;
  stats.store_size_bytes = store.size_bytes;
  stats.store_queue_samples = store.queue_samples;
  stats.store_commits = store.commits;
  stats.store_last_commit_seconds = std::chrono::duration<double>(store.last_commit_duration).count();
  stats.store_writable = store.writable;
  if (const auto delivery = delivery_.load()) {
    stats.mysql_enabled = true;
    stats.mysql_connected = delivery->status().connected;
    if (store.oldest_pending_ms != 0) {
      stats.mysql_lag_seconds =
          static_cast<double>(now_ms() - store.oldest_pending_ms) / static_cast<double>(ms_per_s);
    }
  }
  return stats;
}

// On a job's thread.
void Daemon::take_batch(const SampleBatch& batch) {
  store_->append(batch);
  if (batch.collector() != "system") return;
  headline_.set(headline_of(batch));
  if (options_.live) loop_->post([this] { print_headline(); });
}

void Daemon::print_headline() const {
  fmt::print("{}\n", format_headline(headline_.get()));
  (void)std::fflush(stdout);
}

void Daemon::on_event(const Event& event) {
  log_->write(event);
  if (store_) store_->append(event);
}

void Daemon::on_run_finished() {
  const std::int64_t now_ns = clock_.now().monotonic_ns;
  if (now_ns - last_status_ns_ < status_every_ns) return;
  last_status_ns_ = now_ns;
  (void)notify_status(status_line());
}

std::string Daemon::status_line() const {
  const std::vector<JobStatus> jobs = scheduler_->status();
  std::vector<std::string_view> troubled;
  for (const JobStatus& job : jobs) {
    if (job.state == JobState::stuck || job.state == JobState::failed) troubled.push_back(job.spec.name);
  }
  const StoreStatus store = store_->status();
  return fmt::format("{} jobs{}{}, store {}, {} samples pending", jobs.size(),
                     troubled.empty() ? ", all well" : ", in trouble: ", fmt::join(troubled, " "),
                     store.writable ? "ok" : "not writable", store.counters.pending);
}

std::int64_t Daemon::uptime_ms() const {
  return (clock_.now().monotonic_ns - start_ns_) / ns_per_ms;
}

}  // namespace caretaker
