// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro.h"
#include "bench/program.h"
#include "bench/recorded_ticks.h"
#include "bench/sampling_jobs.h"
#include "bench/store_room.h"
#include "sql/local_store.h"
#include "sql/mysql_insert.h"
#include "sql/mysql_literal.h"
#include "sql/store_reader.h"
#include "sql/store_session.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t size_bytes_max = 2ULL << 30;
constexpr std::size_t rows_of_transaction = 20'000;
constexpr std::size_t minute_ticks = 60;
constexpr std::chrono::seconds commit_deadline{30};

// A folder that is gone with its benchmark.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("caretaker-micro-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

const RecordedTicks& recorded_ticks() {
  static const RecordedTicks ticks(read_host_identity({}), std::chrono::seconds(1), false);
  return ticks;
}

// Tick number `tick`, as the store thread takes it out of the queue.
StoreWork work_of(std::size_t tick, std::int64_t begin_ms) {
  StoreWork work;
  const auto time_ms = begin_ms + static_cast<std::int64_t>(tick) * ms_per_s;
  recorded_ticks().play(tick, time_ms, [&](const SampleBatch& batch) {
    work.items.emplace_back(batch);
    work.samples += batch.samples().size();
  });
  return work;
}

// What the store thread does once per second, without its thread: an open store, a commit per tick. The
// minutes that end on the way are written too.
class Commits {
 public:
  explicit Commits(const std::string& path)
      : session_(value_or_throw(StoreSession::open(path, read_host_identity({}), std::nullopt))) {}

  [[nodiscard]] StoreWork next_work() { return work_of(ticks_++, begin_ms_); }
  [[nodiscard]] const StoreSession& session() const { return *session_; }

  void commit(const StoreWork& work) {
    const LocalStoreOptions defaults;
    value_or_throw(session_->commit(work,
                                    {.age = defaults.retention,
                                     .age_1m = defaults.retention_1m,
                                     .age_1h = defaults.retention_1h,
                                     .size_bytes_max = size_bytes_max},
                                    begin_ms_ + static_cast<std::int64_t>(ticks_) * ms_per_s));
    value_or_throw(session_->checkpoint_if_due(size_bytes_max));
  }

 private:
  std::unique_ptr<StoreSession> session_;
  std::int64_t begin_ms_ = current_tick_ms();
  std::size_t ticks_ = 0;
};

void commit_tick(benchmark::State& state) {
  const Folder folder;
  Commits commits(folder.file("metrics.db"));
  for (std::size_t tick = 0; tick < minute_ticks; ++tick) commits.commit(commits.next_work());
  std::size_t samples = 0;
  for (auto step : state) {
    state.PauseTiming();
    const StoreWork work = commits.next_work();
    samples = work.samples;
    state.ResumeTiming();
    commits.commit(work);
  }
  std::vector<StoreWork> works;
  for (std::size_t tick = 0; tick < minute_ticks; ++tick) works.push_back(commits.next_work());
  const HeapWatch watch;
  for (const StoreWork& work : works) commits.commit(work);
  state.counters["allocations"] = static_cast<double>(watch.allocations()) / minute_ticks;
  state.counters["samples"] = static_cast<double>(samples);
}

// One tick's batches into the queue: what a job's thread pays, not the store thread.
void append_tick(benchmark::State& state) {
  const Folder folder;
  const auto store =
      value_or_throw(LocalStore::start({.path = folder.file("metrics.db")}, read_host_identity({}), {}));
  const StoreWork tick = work_of(0, current_tick_ms());
  const auto append = [&] {
    for (const StoreItem& item : tick.items) store->append(std::get<SampleBatch>(item));
  };
  for (auto step : state) {
    append();
    if (has_room(*store)) continue;
    state.PauseTiming();
    wait_for_room(*store);
    state.ResumeTiming();
  }
  // Between two commits, as in the daemon: what the store thread allocates for a commit is not the job's.
  std::uint64_t allocations = 0;
  for (int run = 0; run < counted_runs; ++run) {
    if (!store->flush(commit_deadline)) throw std::runtime_error("the store does not commit");
    const HeapWatch watch;
    append();
    allocations += watch.allocations();
  }
  state.counters["allocations"] = static_cast<double>(allocations) / counted_runs;
  state.counters["samples"] = static_cast<double>(tick.samples);
  (void)store->stop(commit_deadline);
}

// Batches with as many samples as one transaction of a delivery has, read as the delivery reads them.
void read_for_delivery(benchmark::State& state) {
  const Folder folder;
  Commits commits(folder.file("metrics.db"));
  std::size_t samples = 0;
  while (samples < rows_of_transaction) {
    const StoreWork work = commits.next_work();
    commits.commit(work);
    samples += work.samples;
  }
  StoreReader reader(folder.file("metrics.db"));
  measure_step(state, [&] {
    samples = 0;
    for (const StoredBatch& batch : value_or_throw(reader.batches(0, rows_of_transaction))) {
      samples += batch.samples.size();
    }
  });
  state.counters["samples"] = static_cast<double>(samples);
}

struct Row {
  std::int64_t series_id;
  std::size_t tick;
  double value;
};

// The rows of one transaction to text, in statements as the delivery sends them; nothing is sent.
void format_rows(benchmark::State& state) {
  std::vector<Row> rows;
  std::vector<std::string> times;
  while (rows.size() < rows_of_transaction) {
    const auto time_ms = current_tick_ms() + static_cast<std::int64_t>(times.size()) * ms_per_s;
    recorded_ticks().play(times.size(), time_ms, [&](const SampleBatch& batch) {
      for (const Sample& sample : batch.samples()) {
        rows.push_back({sample.series->id, times.size(), to_double(sample.value)});
      }
    });
    append_time_number(times.emplace_back(), time_ms);
  }
  std::uint64_t bytes = 0;
  const auto count = [&bytes](std::string_view statement) -> Result<std::uint64_t> {
    bytes += statement.size();
    return 0;
  };
  measure_step(state, [&] {
    bytes = 0;
    MysqlInsert insert("INSERT INTO samples (series_id, time, value) VALUES ", "", {}, count);
    for (const Row& sample : rows) {
      append_sample_row(insert.row(), sample.series_id, times[sample.tick], sample.value);
      value_or_throw(insert.end_row());
    }
    value_or_throw(insert.finish());
  });
  state.counters["samples"] = static_cast<double>(rows.size());
  state.counters["bytes"] = static_cast<double>(bytes);
}

}  // namespace

void register_store_steps() {
  const auto add = [](const char* name, void (*function)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, function)->Unit(benchmark::kMicrosecond);
  };
  add("step append one tick to the queue", append_tick);
  add("step commit one tick to SQLite", commit_tick);
  add("step read 20,000 samples for delivery", read_for_delivery);
  add("step format 20,000 rows for MySQL", format_rows);
}

}  // namespace caretaker::bench
