// SPDX-License-Identifier: MIT
// Appends batches to the store at argv[1] until it is killed, and prints what it saw committed:
// one line "COLLECTED LAST_SEQ" per change. Used by store_crash_test.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>

#include "sql/local_store.h"

int main(int argc, char** argv) {
  using namespace caretaker;
  if (argc != 2) return 2;
  LocalStoreOptions options;
  options.path = argv[1];
  options.commit_interval = std::chrono::milliseconds(2);
  options.retention = std::chrono::hours(24 * 365 * 100);
  auto store =
      LocalStore::start(options, {.id = 1, .name = "host", .machine_id = "m", .boot_id = "boot"}, nullptr);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  constexpr MetricInfo info{.name = "metric", .unit = "", .help = "h", .type = MetricType::gauge};
  const SeriesFactory factory(1);
  std::vector<SeriesRef> series;
  for (int i = 0; i < 50; ++i) series.push_back(factory.make(info, {{"n", std::to_string(i)}}));
  SampleBatch batch;
  std::uint64_t seen = 0;
  for (std::int64_t time_ms = (*store)->status().last_seq + 1;; ++time_ms) {
    batch.start("cpu", {.time_ms = time_ms});
    for (const SeriesRef& one : series) batch.add(one, static_cast<double>(time_ms));
    (*store)->append(batch);
    const StoreStatus status = (*store)->status();
    if (status.counters.collected != seen) {
      seen = status.counters.collected;
      std::printf("%llu %lld\n", static_cast<unsigned long long>(seen),
                  static_cast<long long>(status.last_seq));
      std::fflush(stdout);
    }
    // As jobs do, at a pace that the disk can follow.
    do {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    } while ((*store)->status().queue_samples > 2'000);
  }
}
