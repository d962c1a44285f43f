// SPDX-License-Identifier: MIT
// bench_plan: one plan of cleanup on a large engine, with Google Benchmark. The counter `peak_MiB` is the
// most heap memory that a plan holds at once, its result included.
#include <benchmark/benchmark.h>

#include <string>
#include <unordered_map>

#include "bench/allocations.h"
#include "cleanup/plan.h"

namespace caretaker::bench {
namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t repositories = 500;

std::string image_id(std::size_t number) {
  const std::string digits = std::to_string(number * 2'654'435'761U);
  return "sha256:" + digits + std::string(64 - digits.size(), 'a');
}

// A build server: many tags of each of its repositories, every tenth image without any.
struct Engine {
  Inventory inventory;
  std::unordered_map<std::string, ObjectUsage> history;

  Engine(std::size_t images, std::size_t containers) {
    inventory.images.complete = inventory.containers.complete = inventory.volumes.complete = true;
    inventory.networks.complete = inventory.build_cache.complete = inventory.service_images.complete = true;
    for (std::size_t i = 0; i < images; ++i) add_image(i);
    for (std::size_t i = 0; i < containers; ++i) add_container(i, images);
  }

  static std::string repository(std::size_t number) {
    return "registry.example.org:5000/team/service-" + std::to_string(number % repositories);
  }

  void add_image(std::size_t i) {
    Image image;
    image.id = image_id(i);
    if (i % 10 != 0) {
      image.tags = {repository(i) + ":build-" + std::to_string(i)};
      image.digests = {repository(i) + '@' + image_id(i + 1'000'000)};
    }
    image.created_ms = now_ms - static_cast<std::int64_t>(i % 300) * day_ms;
    image.size_bytes = 100'000'000 + i;
    image.shared_bytes = 60'000'000;
    image.labels = {{"org.opencontainers.image.revision", std::to_string(i)}};
    history[image.id] = {.kind = ObjectKind::image,
                         .id = image.id,
                         .first_seen_ms = image.created_ms,
                         .last_used_ms = now_ms - static_cast<std::int64_t>(i % 200) * day_ms};
    inventory.images.items.push_back(std::move(image));
  }

  void add_container(std::size_t i, std::size_t images) {
    const Image& image = inventory.images.items[i * 5 % images];
    Container container;
    container.id = image_id(i).substr(7);
    container.name = "service-" + std::to_string(i);
    container.image_id = image.id;
    container.image = image.tags.empty() ? image.id : image.tags.front();
    container.state = i % 4 == 0 ? "exited" : "running";
    container.mounts = {{.type = ContainerMount::Type::volume, .name = "data-" + std::to_string(i)}};
    container.networks = {"net-" + std::to_string(i % 30)};
    inventory.containers.items.push_back(std::move(container));
    inventory.volumes.items.push_back({.name = "data-" + std::to_string(i), .driver = "local"});
  }
};

void plan_images(benchmark::State& state) {
  const Engine engine(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  const FindUsage find = [&engine](ObjectKind, const std::string& id) -> const ObjectUsage* {
    const auto found = engine.history.find(id);
    return found == engine.history.end() ? nullptr : &found->second;
  };
  CleanupPolicy policy;
  policy.cleanup.keep = {"prod-*", "*:latest", "registry.example.org:5000/base/*", "*-[0-9]?stable*",
                         "postgres"};
  const PlanMoment moment{.now_ms = now_ms,
                          .observation = {.first_ms = 1, .since_ms = 1, .until_ms = now_ms},
                          .wanted_bytes = PlanMoment::everything};
  std::size_t actions = 0;
  for (auto step : state) {
    const Plan plan = make_plan(engine.inventory, find, policy, moment);
    actions = plan.actions.size();
  }
  const HeapWatch watch;
  (void)make_plan(engine.inventory, find, policy, moment);
  state.counters["peak_MiB"] = static_cast<double>(watch.peak_bytes()) / (1 << 20);
  state.counters["actions"] = static_cast<double>(actions);
}
BENCHMARK(plan_images)
    ->Args({100, 20})
    ->Args({1'000, 200})
    ->Args({10'000, 2'000})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace caretaker::bench

BENCHMARK_MAIN();
