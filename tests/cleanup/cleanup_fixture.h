// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cleanup/cleanup.h"
#include "sql/local_store.h"
#include "sql/store_reader.h"
#include "support/eventually.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace caretaker {

// The machine's clocks, moved by what the test says. Any thread.
class ShiftedClock final : public Clock {
 public:
  [[nodiscard]] ClockReading now() const override;
  void advance(std::chrono::nanoseconds by) {
    passed_ns_ += by.count();
    stepped_ns_ += by.count();
  }
  // As settimeofday(2): only the wall clock moves.
  void step(std::chrono::nanoseconds by) { stepped_ns_ += by.count(); }

 private:
  std::atomic<std::int64_t> passed_ns_ = 0;
  std::atomic<std::int64_t> stepped_ns_ = 0;
};

// How full every file system of a test is.
struct FakeDisk {
  static std::atomic<std::uint64_t> used_percent;
  static Result<FilesystemSpace> read(const std::string& path);
};

// Cleanup in front of a fake engine, with a store of its own. Everything may go as soon as the defaults say;
// any share of it.
class CleanupTest : public testing::Test {
 protected:
  static constexpr std::chrono::minutes check{1};

  explicit CleanupTest(ImageStore store = ImageStore::graphdriver);

  void begin();  // a new Cleanup in the place of the old one, as after a reload
  Result<> tick(const std::stop_token& stop = {});
  // Ticks until the event stream is open.
  void connect();
  // With everything that there is seen, and so much time gone that it is old and no run was made since.
  void connect_and_age(std::chrono::milliseconds by = std::chrono::days(3));
  // What the wish was answered with.
  Result<CleanupReport> wish(CleanupWish::Kind kind, bool pressure = false, const std::stop_token& stop = {});

  [[nodiscard]] CleanupStatus status() const { return desk.status(); }
  [[nodiscard]] CleanupRun last_run() const;
  // Of the newest batch: "name{label=value,...}" as the store writes labels.
  [[nodiscard]] std::map<std::string, double> metrics() const;
  [[nodiscard]] std::vector<Event> events_of(const std::string& kind) const;
  // Of requests that change something, since the last call: "DELETE /v1.54/images/x".
  std::vector<std::string> changes();
  [[nodiscard]] std::vector<std::string> image_ids() const;
  [[nodiscard]] std::vector<StoredCleanup> stored();
  Image put_image(int number, const std::vector<std::string>& tags = {});

  TempDir dir;
  ShiftedClock clock;
  FakeEngine engine;
  CleanupPolicy policy;
  EngineClientOptions limits;
  std::unique_ptr<LocalStore> store;
  EngineLock lock;
  CleanupDesk desk;
  std::vector<Event> events;
  std::vector<SampleBatch> batches;
  std::unique_ptr<Cleanup> cleanup;
};

}  // namespace caretaker
