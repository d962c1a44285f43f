// SPDX-License-Identifier: MIT
#include "cleanup/cleanup_fixture.h"

#include <algorithm>

namespace caretaker {
namespace {

constexpr std::uint64_t disk_bytes = 100'000'000'000;

}  // namespace

ClockReading ShiftedClock::now() const {
  ClockReading reading = SystemClock().now();
  reading.realtime_ns += stepped_ns_;
  reading.monotonic_ns += passed_ns_;
  reading.boottime_ns += passed_ns_;
  return reading;
}

std::atomic<std::uint64_t> FakeDisk::used_percent = 50;

Result<FilesystemSpace> FakeDisk::read(const std::string&) {
  const std::uint64_t free = disk_bytes / 100 * (100 - used_percent);
  return FilesystemSpace{.size_bytes = disk_bytes, .free_bytes = free, .avail_bytes = free};
}

CleanupTest::CleanupTest(ImageStore image_store) : engine({.store = image_store, .root_dir = dir.path()}) {
  FakeDisk::used_percent = 50;
  policy.cleanup.mode = CleanupMode::enforce;
  policy.cleanup.max_share = 100;
  policy.docker.socket = engine.socket();
  auto started =
      LocalStore::start({.path = dir.path("metrics.db"), .commit_interval = std::chrono::milliseconds(20)},
                        {.id = 1, .name = "test"}, [](const Event&) {});
  if (!started) throw std::runtime_error(started.error().message);
  store = std::move(*started);
  begin();
}

void CleanupTest::begin() {
  cleanup.reset();
  cleanup = std::make_unique<Cleanup>(
      policy, CleanupSurroundings{.store = *store,
                                  .lock = lock,
                                  .desk = desk,
                                  .clock = clock,
                                  .series = SeriesFactory(1),
                                  .on_event = [this](const Event& event) { events.push_back(event); },
                                  .on_batch = [this](const SampleBatch& batch) { batches.push_back(batch); },
                                  .space = &FakeDisk::read,
                                  .engine_limits = limits});
}

Result<> CleanupTest::tick(const std::stop_token& stop) {
  const ClockReading now = clock.now();
  return cleanup->tick({.time_ms = now.realtime_ns / ns_per_ms, .monotonic_ns = now.monotonic_ns}, stop);
}

void CleanupTest::connect() {
  ASSERT_TRUE(eventually([&] { return tick() && status().watching; })) << status().engine_error;
  ASSERT_TRUE(tick());  // what waited for the stream is done now
}

void CleanupTest::connect_and_age(std::chrono::milliseconds by) {
  connect();
  // Whatever was put right before has raised events: they come before the next tick, not after it.
  ASSERT_TRUE(eventually([&] { return engine.listeners() > 0; }));
  (void)tick();
  clock.advance(by);
  (void)engine.take_requests();
  events.clear();
}

Result<CleanupReport> CleanupTest::wish(CleanupWish::Kind kind, bool pressure, const std::stop_token& stop) {
  auto left = std::make_shared<CleanupWish>(CleanupWish{.kind = kind, .pressure = pressure});
  desk.leave(left);
  (void)tick(stop);
  if (!left->answer) return fail("the wish was not answered");
  return std::move(*left->answer);
}

CleanupRun CleanupTest::last_run() const {
  return status().last_run.value_or(CleanupRun{});
}

std::map<std::string, double> CleanupTest::metrics() const {
  std::map<std::string, double> values;
  if (batches.empty()) return values;
  for (const Sample& sample : batches.back().samples()) {
    values[sample.series->metric + sample.series->labels] = to_double(sample.value);
  }
  return values;
}

std::vector<Event> CleanupTest::events_of(const std::string& kind) const {
  std::vector<Event> found;
  std::ranges::copy_if(events, std::back_inserter(found),
                       [&](const Event& event) { return event.kind == kind; });
  return found;
}

std::vector<std::string> CleanupTest::changes() {
  std::vector<std::string> asked;
  for (const FakeRequest& request : engine.take_requests()) {
    if (request.method != "GET" && request.method != "HEAD")
      asked.push_back(request.method + " " + request.target);
  }
  return asked;
}

std::vector<std::string> CleanupTest::image_ids() const {
  std::vector<std::string> ids;
  for (const Image& image : engine.images()) ids.push_back(image.id);
  return ids;
}

std::vector<StoredCleanup> CleanupTest::stored() {
  EXPECT_TRUE(store->flush(std::chrono::seconds(30)));
  StoreReader reader(store->path());
  auto history = reader.cleanup_history(0, 1'000, 20'000);
  EXPECT_TRUE(history) << history.error().message;
  return history.value_or(std::vector<StoredCleanup>());
}

Image CleanupTest::put_image(int number, const std::vector<std::string>& tags) {
  Image image = fake_image(number, tags);
  engine.put(image);
  return image;
}

}  // namespace caretaker
