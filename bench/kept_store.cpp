// SPDX-License-Identifier: MIT
#include "bench/kept_store.h"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace caretaker::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds open_deadline{60};
constexpr std::chrono::milliseconds look_again_after{1};

}  // namespace

LocalStoreOptions keep_everything(std::string path) {
  LocalStoreOptions options;
  options.path = std::move(path);
  options.retention = std::chrono::days{3'650};
  options.retention_1m = std::chrono::days{3'650};
  options.retention_1h = std::chrono::days{36'500};
  options.size_bytes_max = 16ULL << 40;
  return options;
}

std::unique_ptr<LocalStore> open_store(LocalStoreOptions options, const HostIdentity& host) {
  auto started = LocalStore::start(std::move(options), host, {});
  if (!started) throw std::runtime_error(started.error().message);
  const auto deadline = Clock::now() + open_deadline;
  while (!(*started)->status().writable) {
    if (Clock::now() > deadline) throw std::runtime_error("the store cannot be written");
    std::this_thread::sleep_for(look_again_after);
  }
  return *std::move(started);
}

}  // namespace caretaker::bench
