// SPDX-License-Identifier: MIT
// bench_append STORE TICKS INTERVAL [TICKS_PER_FLUSH PORT DATABASE]: appends so many ticks after the newest
// of a store and commits each of them; a new store begins that long ago. With a server, 127.0.0.1:PORT, they
// are delivered after so many ticks, as the daemon does, without pacing. Prints "KEY VALUE" lines.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "base/parse.h"
#include "bench/kept_store.h"
#include "bench/mysql_target.h"
#include "bench/program.h"
#include "bench/recorded_ticks.h"
#include "bench/sampling_jobs.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"

namespace caretaker::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t ticks_max = 100'000;
constexpr std::int64_t interval_s_max = 60;
constexpr std::chrono::seconds commit_deadline{60};

struct Wanted {
  std::string path;
  std::int64_t ticks = 0;
  std::int64_t interval_s = 0;
  std::int64_t ticks_per_flush = 0;  // 0: no delivery
  std::uint16_t port = 0;
  std::string database;
};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void flush(MysqlDelivery& delivery) {
  if (const auto flushed = delivery.flush({}); !flushed) throw std::runtime_error(flushed.error().message);
}

void append_ticks(const Wanted& wanted, const RecordedTicks& recorded, LocalStore& store,
                  MysqlDelivery* delivery) {
  const std::int64_t interval_ms = wanted.interval_s * ms_per_s;
  const std::int64_t newest_ms = store.status().newest_at_open_ms;
  const std::int64_t begin_ms =
      newest_ms > 0 ? newest_ms : current_tick_ms() / interval_ms * interval_ms - wanted.ticks * interval_ms;
  for (std::int64_t tick = 1; tick <= wanted.ticks; ++tick) {
    const auto begin = Clock::now();
    recorded.play(static_cast<std::size_t>(tick), begin_ms + tick * interval_ms,
                  [&store](const SampleBatch& batch) { store.append(batch); });
    if (!store.flush(commit_deadline)) throw std::runtime_error("the store does not commit");
    fmt::print("commit_ms {:.4f}\n", ms_since(begin));
    if (delivery == nullptr || tick % wanted.ticks_per_flush != 0) continue;
    const auto flush_begin = Clock::now();
    flush(*delivery);
    fmt::print("flush_ms {:.4f}\n", ms_since(flush_begin));
  }
}

void append(const Wanted& wanted) {
  const HostIdentity host = read_host_identity({});
  const RecordedTicks recorded(host, std::chrono::seconds(1), false);
  LocalStoreOptions options = keep_everything(wanted.path);
  options.delivery = wanted.ticks_per_flush > 0;
  const auto opened = open_store(options, host);
  LocalStore& store = *opened;
  if (wanted.ticks_per_flush == 0) {
    append_ticks(wanted, recorded, store, nullptr);
  } else {
    MysqlDelivery delivery(target_config(wanted.port, wanted.database), host, store);
    flush(delivery);  // logs in, makes the tables, and delivers what waited
    append_ticks(wanted, recorded, store, &delivery);
    const DeliveryStatus status = delivery.status();
    if (status.retries + status.duplicates + status.refused > 0) throw std::runtime_error("not a clean run");
    fmt::print("rows {}\n", status.rows);
  }
  if (!store.stop(commit_deadline)) throw std::runtime_error("the store did not stop");
}

std::optional<Wanted> parse(int argc, char** argv) {
  if (argc != 4 && argc != 7) return std::nullopt;
  const auto ticks = parse_number<std::int64_t>(argv[2]);
  const auto interval_s = parse_number<std::int64_t>(argv[3]);
  if (!ticks || *ticks < 1 || *ticks > ticks_max) return std::nullopt;
  if (!interval_s || *interval_s < 1 || *interval_s > interval_s_max) return std::nullopt;
  Wanted wanted{.path = argv[1], .ticks = *ticks, .interval_s = *interval_s};
  if (argc == 4) return wanted;
  const auto ticks_per_flush = parse_number<std::int64_t>(argv[4]);
  const auto port = parse_number<std::uint16_t>(argv[5]);
  if (!ticks_per_flush || *ticks_per_flush < 1 || !port) return std::nullopt;
  wanted.ticks_per_flush = *ticks_per_flush;
  wanted.port = *port;
  wanted.database = argv[6];
  return wanted;
}

int run(int argc, char** argv) {
  const auto wanted = parse(argc, argv);
  if (!wanted) {
    fmt::print(
        stderr,
        "usage: bench_append STORE TICKS INTERVAL [TICKS_PER_FLUSH PORT DATABASE] (1 to {} ticks, 1 to "
        "{} s)\n",
        ticks_max, interval_s_max);
    return 2;
  }
  append(*wanted);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_append", caretaker::bench::run, argc, argv);
}
