// SPDX-License-Identifier: MIT
#pragma once

namespace caretaker {
class LocalStore;
struct SelfStats;
}  // namespace caretaker

namespace caretaker::bench {

// The store's part of SelfStats, as the daemon fills it in.
void add_store_stats(const LocalStore& store, SelfStats& stats);

}  // namespace caretaker::bench
