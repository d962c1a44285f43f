// SPDX-License-Identifier: MIT
#pragma once

namespace caretaker {
class LocalStore;
}

namespace caretaker::bench {

// The store begins a commit when half of its queue is used, at some 40,000 samples of this machine's batches.
// These keep a producer without pacing from filling the other half, where samples would be dropped.
[[nodiscard]] bool has_room(const LocalStore& store);
void wait_for_room(const LocalStore& store);

}  // namespace caretaker::bench
