// SPDX-License-Identifier: MIT
#include "bench/made_up_engine.h"

#include <utility>

namespace caretaker::bench {
namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t repositories = 500;

std::string image_id(std::size_t number) {
  const std::string digits = std::to_string(number * 2'654'435'761U);
  return "sha256:" + digits + std::string(64 - digits.size(), 'a');
}

std::string repository(std::size_t number) {
  return "registry.example.org:5000/team/service-" + std::to_string(number % repositories);
}

}  // namespace

MadeUpEngine::MadeUpEngine(std::size_t images, std::size_t containers) {
  inventory_.images.complete = inventory_.containers.complete = inventory_.volumes.complete = true;
  inventory_.networks.complete = inventory_.build_cache.complete = inventory_.service_images.complete = true;
  for (std::size_t i = 0; i < images; ++i) add_image(i);
  for (std::size_t i = 0; i < containers; ++i) add_container(i, images);
}

void MadeUpEngine::add_image(std::size_t i) {
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
  history_[image.id] = {.kind = ObjectKind::image,
                        .id = image.id,
                        .first_seen_ms = image.created_ms,
                        .last_used_ms = now_ms - static_cast<std::int64_t>(i % 200) * day_ms};
  inventory_.images.items.push_back(std::move(image));
}

void MadeUpEngine::add_container(std::size_t i, std::size_t images) {
  const Image& image = inventory_.images.items[i * 5 % images];
  Container container;
  container.id = image_id(i).substr(7);
  container.name = "service-" + std::to_string(i);
  container.image_id = image.id;
  container.image = image.tags.empty() ? image.id : image.tags.front();
  container.state = i % 4 == 0 ? "exited" : "running";
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data-" + std::to_string(i)}};
  container.networks = {"net-" + std::to_string(i % 30)};
  inventory_.containers.items.push_back(std::move(container));
  inventory_.volumes.items.push_back({.name = "data-" + std::to_string(i), .driver = "local"});
}

Plan MadeUpEngine::plan() const {
  const FindUsage find = [this](ObjectKind, const std::string& id) -> const ObjectUsage* {
    const auto found = history_.find(id);
    return found == history_.end() ? nullptr : &found->second;
  };
  CleanupPolicy policy;
  policy.cleanup.keep = {"prod-*", "*:latest", "registry.example.org:5000/base/*", "*-[0-9]?stable*",
                         "postgres"};
  const PlanMoment moment{.now_ms = now_ms,
                          .observation = {.first_ms = 1, .since_ms = 1, .until_ms = now_ms},
                          .wanted_bytes = PlanMoment::everything};
  return make_plan(inventory_, find, policy, moment);
}

}  // namespace caretaker::bench
