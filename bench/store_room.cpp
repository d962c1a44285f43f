// SPDX-License-Identifier: MIT
#include "bench/store_room.h"

#include <chrono>
#include <cstdint>
#include <thread>

#include "sql/local_store.h"

namespace caretaker::bench {
namespace {

constexpr std::uint64_t queue_samples_max = 60'000;
constexpr std::chrono::milliseconds look_again_after{1};

}  // namespace

bool has_room(const LocalStore& store) {
  return store.status().queue_samples < queue_samples_max;
}

void wait_for_room(const LocalStore& store) {
  while (!has_room(store)) std::this_thread::sleep_for(look_again_after);
}

}  // namespace caretaker::bench
