// SPDX-License-Identifier: MIT
#include "bench/store_stats.h"

#include "collectors/self_stats.h"
#include "sql/local_store.h"

namespace caretaker::bench {

void add_store_stats(const LocalStore& store, SelfStats& stats) {
  const StoreStatus status = store.status();
  stats.samples_collected = status.counters.collected;
  stats.samples_pending = status.counters.pending;
  stats.store_size_bytes = status.size_bytes;
  stats.store_commits = status.commits;
  stats.store_writable = status.writable;
}

}  // namespace caretaker::bench
