// SPDX-License-Identifier: MIT
// bench_drain STORE PORT DATABASE [DAYS]: delivers all that waits in a store to the MySQL server on
// 127.0.0.1:PORT, without pacing, as the daemon does: what the store thread and the ledger cost is in it.
// With DAYS the tables are made as they are after so many days of running. Prints "KEY VALUE" lines.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "base/parse.h"
#include "bench/kept_store.h"
#include "bench/mysql_target.h"
#include "bench/past_partitions.h"
#include "bench/process_usage.h"
#include "bench/program.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"

namespace caretaker::bench {
namespace {

using Clock = std::chrono::steady_clock;

// MysqlDelivery ends a flush after 20 s. One that was quicker has delivered everything, rollups too.
constexpr std::chrono::seconds whole_flush{19};
constexpr std::chrono::seconds stop_deadline{60};
constexpr double bytes_per_mb = 1e6;

void flush(MysqlDelivery& delivery, const std::stop_token& stop) {
  if (const auto flushed = delivery.flush(stop); !flushed) throw std::runtime_error(flushed.error().message);
}

// Logs in and makes the tables; nothing is read yet.
void connect(MysqlDelivery& delivery) {
  std::stop_source stopped;
  stopped.request_stop();
  flush(delivery, stopped.get_token());
}

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / bytes_per_mb;
}

void drain(const std::string& path, std::uint16_t port, const std::string& database) {
  const HostIdentity host = read_host_identity({});
  LocalStoreOptions options = keep_everything(path);
  options.delivery = true;
  const auto opened = open_store(options, host);
  LocalStore& store = *opened;
  const std::uint64_t waiting = store.status().counters.pending;
  if (waiting == 0) throw std::runtime_error("nothing waits in the store");
  MysqlDelivery delivery(target_config(port, database), host, store);
  connect(delivery);
  const std::uint64_t rss_before = rss_bytes();
  const std::uint64_t anonymous_before = anonymous_bytes();
  reset_peak_rss();
  const std::int64_t cpu_before = process_cpu_ns();
  const auto begin = Clock::now();
  for (auto last = begin;; last = Clock::now()) {
    flush(delivery, {});
    if (Clock::now() - last < whole_flush) break;
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  const std::int64_t cpu_ns = process_cpu_ns() - cpu_before;
  const DeliveryStatus status = delivery.status();
  if (status.rows != waiting) throw std::runtime_error(fmt::format("{} of {} rows", status.rows, waiting));
  if (status.retries + status.duplicates + status.refused > 0) throw std::runtime_error("not a clean run");
  const auto rows = static_cast<double>(status.rows);
  fmt::print("rows {}\nms {:.3f}\nrows_per_s {:.1f}\ncpu_us {:.4f}\n", status.rows, 1e3 * took.count(),
             rows / took.count(), static_cast<double>(cpu_ns) / 1e3 / rows);
  fmt::print("rss_growth_mb {:.4f}\nrss_mb {:.4f}\nanonymous_growth_mb {:.4f}\n",
             megabytes(peak_rss_bytes()) - megabytes(rss_before), megabytes(peak_rss_bytes()),
             megabytes(anonymous_bytes()) - megabytes(anonymous_before));
  if (!store.stop(stop_deadline)) throw std::runtime_error("the store did not stop");
}

int run(int argc, char** argv) {
  const auto port = argc > 3 && argc < 6 ? parse_number<std::uint16_t>(argv[2]) : std::nullopt;
  const auto days = argc == 5 ? parse_number<int>(argv[4]) : 0;
  if (!port || !days || *days < 0 || *days > past_days_max) {
    fmt::print(stderr, "usage: bench_drain STORE PORT DATABASE [DAYS] (up to {} days)\n", past_days_max);
    return 2;
  }
  if (*days > 0) make_past_partitions(target_config(*port, argv[3]), std::chrono::days(*days));
  drain(argv[1], *port, argv[3]);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_drain", caretaker::bench::run, argc, argv);
}
