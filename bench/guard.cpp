// SPDX-License-Identifier: MIT
// bench_guard RECORDED CONFIG WORK: the same work at every run, section by section, for callgrind to count
// (bench/guard.bash). RECORDED is bench/guard, CONFIG a config.ini, WORK an empty folder.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/counted.h"
#include "bench/made_up_engine.h"
#include "bench/ok_server.h"
#include "bench/program.h"
#include "bench/recorded_host.h"
#include "bench/sampling_jobs.h"
#include "collectors/collector.h"
#include "daemon/daemon.h"
#include "daemon/job_spec.h"
#include "daemon/status_json.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_writer.h"
#include "sql/store_reader.h"
#include "sql/store_session.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

// Not counted: buffers and caches get their size.
constexpr std::size_t warm_up_ticks = 5;
constexpr std::size_t ticks = 65;
constexpr std::int64_t start_ms = 1'700'000'000'000;
constexpr std::size_t rows_per_delivery = 5'000;
constexpr std::size_t config_loads = 5;
constexpr std::size_t job_plans = 50;
constexpr std::size_t answers = 1;
constexpr std::uint64_t store_bytes_max = 1U << 30;
constexpr std::chrono::seconds kept{40};  // so that retention has work

using TickBatches = std::vector<SampleBatch>;

HostIdentity some_host() {
  return {.id = 4'711, .name = "guarded", .machine_id = std::string(32, 'a'), .boot_id = "b"};
}

std::int64_t time_of(std::size_t tick) {
  return start_ms + static_cast<std::int64_t>(tick) * ms_per_s;
}

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Counts `work` when the tick is no more one of the warm-up.
template <class Work>
void count_tick(std::size_t tick, const Work& work) {
  if (tick < warm_up_ticks) return work();
  const Counting counting;
  work();
}

// A section of repetitions, after one that warms up.
template <class Work>
void count_repeated(const char* section, std::size_t repetitions, const Work& work) {
  work();
  {
    const Counting counting;
    for (std::size_t i = 0; i < repetitions; ++i) work();
  }
  end_section(section);
}

SelfStats some_stats() {
  SelfStats stats{.samples_collected = 1'000'000, .samples_pending = 4'000, .store_writable = true};
  for (const JobSpec& spec : plan_jobs(Config{})) stats.jobs.push_back({.name = spec.name, .runs = 3'600});
  return stats;
}

Result<FilesystemSpace> some_space(const std::string& /*path*/) {
  return FilesystemSpace{.size_bytes = 500'000'000'000,
                         .free_bytes = 200'000'000'000,
                         .avail_bytes = 180'000'000'000,
                         .files = 30'000'000,
                         .files_free = 29'000'000};
}

// Collector by collector through all ticks; what they gave is added to `batches`.
void count_collectors(RecordedHost& host, std::vector<TickBatches>& batches) {
  const SeriesFactory series(some_host().id);
  const Config config;
  const std::function<SelfStats()> self_stats = [stats = some_stats()] { return stats; };
  const std::vector<std::string> no_helper;
  for (const CollectorInfo& info : collector_registry()) {
    ReplayClock clock(
        {.realtime_ns = start_ms * ns_per_ms, .monotonic_ns = ns_per_s, .boottime_ns = ns_per_s});
    const auto collector = info.create({.paths = host.paths(),
                                        .series = series,
                                        .config = config,
                                        .clock = clock,
                                        .self_stats = self_stats,
                                        .statvfs_helper_command = no_helper,
                                        .filesystem_space = some_space});
    SampleBatch batch;
    for (std::size_t tick = 0; tick < ticks; ++tick) {
      host.set_second(tick);
      Result<Outcome> outcome = Outcome::ok;
      batch.start(info.name, {.time_ms = time_of(tick), .monotonic_ns = clock.now().monotonic_ns});
      count_tick(tick, [&] { outcome = collector->collect(batch); });
      if (expect(std::move(outcome)) != Outcome::ok || batch.samples().empty()) {
        throw std::runtime_error(fmt::format("the collector {} gave no samples", info.name));
      }
      batches[tick].push_back(batch);
      clock.advance(ns_per_s);
    }
    end_section(fmt::format("collect {}", info.name).c_str());
  }
}

void count_queue(const std::vector<TickBatches>& batches) {
  StoreQueue queue(LocalStoreOptions{}.queue_bytes_max);
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    count_tick(tick, [&] {
      for (const SampleBatch& batch : batches[tick]) queue.push(batch);
      queue.done(queue.take());
    });
  }
  end_section("queue");
}

// What the store thread does with a tick, without the thread.
void count_commits(const std::string& path, const std::vector<TickBatches>& batches) {
  const auto session = expect(StoreSession::open(path, some_host(), std::nullopt));
  const LocalStoreOptions defaults;
  const RetentionLimits limits{.age = kept,
                               .age_1m = defaults.retention_1m,
                               .age_1h = defaults.retention_1h,
                               .size_bytes_max = store_bytes_max,
                               .delivery = false};
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    StoreWork work;
    for (const SampleBatch& batch : batches[tick]) work.items.emplace_back(batch);
    count_tick(tick, [&] {
      expect(session->commit(work, limits, time_of(tick)));
      expect(session->checkpoint_if_due(store_bytes_max));
    });
  }
  end_section("commit into the local store");
}

std::vector<StoredBatch> count_reading(StoreReader& reader) {
  std::vector<StoredBatch> read;
  count_repeated("read for delivery", 1, [&] { read = expect(reader.batches(0, rows_per_delivery)); });
  return read;
}

// All that is sent in one transaction, by the writer that sends it.
void count_delivery(const std::string& socket, const std::vector<StoredBatch>& batches) {
  const OkServer server(socket);
  MysqlConfig config;
  config.socket = socket;
  MysqlConnection connection = expect(MysqlConnection::connect(config, Secret()));
  const HostIdentity host = some_host();
  MysqlWriter writer(connection, host, "system_monitor", config.raw);
  count_repeated("rows for MySQL", 1, [&] {
    const Delivered delivered = expect(writer.deliver(batches, {.epoch = 1, .from_seq = 0}));
    if (!delivered.ledger_matched || delivered.rows == 0) throw std::runtime_error("nothing was delivered");
  });
}

void count_config(const std::string& file) {
  count_repeated("load the configuration", config_loads, [&] {
    const LoadResult loaded = load_daemon_config({.config_file = file, .config_file_given = true});
    if (!loaded.ok()) throw std::runtime_error("the configuration has mistakes");
  });
  const Config config;
  count_repeated("plan the jobs", job_plans, [&] {
    if (plan_jobs(config).empty()) throw std::runtime_error("there are no jobs");
  });
}

void count_cleanup() {
  constexpr std::size_t images = 3'000;
  constexpr std::size_t containers = 600;
  const MadeUpEngine engine(images, containers);
  count_repeated("plan of cleanup", 1, [&] {
    if (engine.plan().actions.empty()) throw std::runtime_error("the plan is empty");
  });
}

// The newest values and the jobs, as the control socket tells them.
void count_answers(StoreReader& reader) {
  std::vector<JobStatus> jobs;
  for (const JobSpec& spec : plan_jobs(Config{})) jobs.push_back({.spec = spec, .last_run_ms = start_ms});
  count_repeated("answers of the control socket", answers, [&] {
    nlohmann::json points = nlohmann::json::array();
    for (const MetricPoint& point : expect(reader.latest("*"))) points.push_back(to_json(point));
    if (points.empty()) throw std::runtime_error("there are no values");
    if (ok({{"metrics", points}, {"jobs", to_json(jobs)}}).json.empty()) throw std::runtime_error("no JSON");
  });
}

int run(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_guard RECORDED CONFIG WORK\n");
    return 2;
  }
  const fs::path work = argv[3];
  RecordedHost host(argv[1], work);
  std::vector<TickBatches> batches(ticks);
  count_collectors(host, batches);
  count_queue(batches);
  const std::string store = work / "metrics.db";
  count_commits(store, batches);
  StoreReader reader(store);
  count_delivery(work / "mysql.sock", count_reading(reader));
  count_answers(reader);
  count_config(argv[2]);
  count_cleanup();
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_guard", caretaker::bench::run, argc, argv);
}
