// SPDX-License-Identifier: MIT
#include "cleanup/plan_random.h"

#include <algorithm>

namespace caretaker {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t many_volumes = 14;  // more than max_share spares

milliseconds random_age(Dice& dice) {
  return dice.pick<milliseconds>({hours(-1), hours(1), hours(4), hours(5), days(1), days(2), days(7), days(8),
                                  days(10), days(30), days(40)});
}

std::string random_tag(Dice& dice) {
  const std::string repository =
      dice.pick<std::string>({"app", "web", "mirror:5000/app", "docker.io/library/app",
                              "docker.io/library/db", "localhost/web", "cafe"});
  return repository + dice.pick<std::string>({":1", ":2", ":3", ":latest"});
}

// The ids that images of random worlds have.
std::string random_id(Dice& dice) {
  return image_id(dice.pick<std::string>({"a1", "a2", "a3", "b1", "b2", "cafe", "cafe1", "d1", "e1"}));
}

std::string random_digest(Dice& dice) {
  return image_id(dice.pick<std::string>({"d1", "d2", "d3", "d4", "b1"}));
}

// What somebody may have typed to mean an image.
std::string random_text(Dice& dice) {
  switch (dice.below(7)) {
    case 0:
      return random_id(dice);
    case 1:
      return random_id(dice).substr(7, 12);
    case 2:
      return dice.pick<std::string>({"app@", "web:9@", "docker.io/app@"}) + random_digest(dice);
    case 3:
      return dice.pick<std::string>({"app", "library/app", "docker.io/web", "cafe", "nothing:1"});
    default:
      return random_tag(dice);
  }
}

void randomize(Dice& dice, World& world, ObjectKind kind, const std::string& id) {
  if (dice.percent(8)) {
    world.history.erase({kind, id});
    return;
  }
  ObjectUsage& usage = world.usage(kind, id);
  usage.first_seen_ms = dice.percent(3) ? 0 : world.ago(random_age(dice));
  usage.last_used_ms = dice.percent(30) ? 0 : world.ago(random_age(dice));
  usage.unused_since_ms = dice.percent(20) ? 0 : world.ago(random_age(dice));
}

Labels random_labels(Dice& dice) {
  if (dice.percent(85)) return {};
  return {{dice.pick<std::string>({"keep", "tier"}), dice.pick<std::string>({"gold", "false", ""})}};
}

void add_random_image(Dice& dice, World& world) {
  Image image;
  image.id = random_id(dice);
  const auto same_id = [&](const Image& other) { return other.id == image.id; };
  const bool known = std::ranges::any_of(world.inventory.images.items, same_id);
  if (known && !dice.percent(3)) return;
  for (std::size_t tags = dice.below(4) % 3; tags > 0; --tags) image.tags.push_back(random_tag(dice));
  std::ranges::sort(image.tags);
  const auto rest = std::ranges::unique(image.tags);
  image.tags.erase(rest.begin(), rest.end());
  if (dice.percent(35)) {
    image.digests = {dice.pick<std::string>({"app@", "web@", "mirror:5000/app@"}) + random_digest(dice)};
  }
  if (dice.percent(15)) image.parent_id = random_id(dice);
  image.created_ms = dice.percent(20) ? 0 : world.ago(random_age(dice));
  if (dice.percent(10)) image.tagged_ms = world.ago(random_age(dice));
  if (!dice.percent(5)) image.size_bytes = dice.below(4) * 50 * mib;
  if (dice.percent(50)) image.shared_bytes = dice.below(4) * 40 * mib;
  if (dice.percent(40)) image.containers = dice.percent(8) ? 1 : 0;
  image.labels = random_labels(dice);
  randomize(dice, world, ObjectKind::image, image.id);
  world.inventory.images.items.push_back(std::move(image));
}

void add_random_container(Dice& dice, World& world, std::size_t number) {
  Container container;
  container.id = "c" + std::to_string(number);
  container.name = dice.pick<std::string>({"web", "db", "batch"}) + std::to_string(dice.below(3));
  container.image = random_text(dice);
  if (dice.percent(65)) container.image_id = dice.percent(10) ? image_id("ff") : random_id(dice);
  if (dice.percent(1)) container.image = container.image_id = "";
  container.state =
      dice.pick<std::string>({"running", "exited", "exited", "exited", "created", "dead", "removing", ""});
  container.created_ms = dice.percent(5) ? 0 : world.ago(random_age(dice));
  container.finished_ms = dice.percent(10) ? 0 : world.ago(random_age(dice));
  container.restarts = dice.percent(15);
  container.labels = random_labels(dice);
  if (dice.percent(30)) {
    const auto type = dice.pick({ContainerMount::Type::volume, ContainerMount::Type::volume,
                                 ContainerMount::Type::image, ContainerMount::Type::other});
    container.mounts = {{.type = type,
                         .name = type == ContainerMount::Type::image ? random_text(dice)
                                                                     : "v" + std::to_string(dice.below(5))}};
  }
  if (dice.percent(40)) {
    container.networks = {dice.pick<std::string>({"net", "id"}) + std::to_string(dice.below(4))};
  }
  randomize(dice, world, ObjectKind::container, container.id);
  world.inventory.containers.items.push_back(std::move(container));
}

void add_random_volume(Dice& dice, World& world, std::size_t number, bool plain) {
  Volume volume;
  volume.name = (dice.percent(3) ? "buildx_buildkit_" : "v") + std::to_string(number);
  volume.driver = dice.percent(90) ? "local" : dice.pick<std::string>({"nfs", ""});
  volume.created_ms = dice.percent(50) ? 0 : world.ago(random_age(dice));
  volume.has_options = dice.percent(10);
  if (!dice.percent(15)) volume.anonymous = dice.percent(70);
  volume.labels = random_labels(dice);
  if (plain) {
    volume = {.name = volume.name, .driver = "local", .anonymous = true};
    world.usage(ObjectKind::volume, volume.name);
  } else {
    randomize(dice, world, ObjectKind::volume, volume.name);
  }
  world.inventory.volumes.items.push_back(std::move(volume));
}

void add_random_network(Dice& dice, World& world, std::size_t number) {
  Network network;
  network.id = "id" + std::to_string(number);
  network.name = "net" + std::to_string(dice.below(5));
  network.driver = dice.percent(90) ? "bridge" : "overlay";
  network.created_ms = dice.percent(50) ? 0 : world.ago(random_age(dice));
  network.predefined = dice.percent(10);
  if (dice.percent(30)) network.endpoints = dice.percent(20) ? 1 : 0;
  network.labels = random_labels(dice);
  randomize(dice, world, ObjectKind::network, network.id);
  world.inventory.networks.items.push_back(std::move(network));
}

void add_random_record(Dice& dice, World& world, std::size_t number) {
  BuildCacheRecord record;
  record.id = "r" + std::to_string(number);
  record.type = dice.pick<std::string>({"regular", "regular", "source.local", "internal", "frontend"});
  record.in_use = dice.percent(15);
  record.shared = dice.percent(15);
  if (!dice.percent(10)) record.size_bytes = dice.below(4) * 20 * mib;
  record.created_ms = dice.percent(5) ? 0 : world.ago(random_age(dice));
  record.last_used_ms = dice.percent(15) ? 0 : std::max(record.created_ms, world.ago(random_age(dice)));
  world.inventory.build_cache.items.push_back(std::move(record));
}

template <class T>
void maybe_break(Dice& dice, Listing<T>& listing) {
  if (!dice.percent(3)) return;
  listing.complete = false;
  if (dice.percent(70)) listing.problem = "timeout";
  if (dice.percent(50)) listing.items.clear();
}

void randomize_policy(Dice& dice, World& world) {
  CleanupConfig& cleanup = world.policy.cleanup;
  cleanup.min_age = dice.pick<milliseconds>({hours(0), hours(4), hours(4)});
  cleanup.max_deletes = dice.percent(80) ? 200 : static_cast<int>(dice.below(5));
  cleanup.max_share = dice.percent(50) ? 100 : 50;
  if (dice.percent(20)) {
    cleanup.keep = {dice.pick<std::string>({"app:*", "*:2", "mirror*", "*@sha256:d2*", "v1", "net[01]", "web",
                                            "docker.io/library/app:1", "a1*", "web1"})};
  }
  cleanup.keep_labels = {dice.pick<std::string>({"keep", "tier=gold"})};
  DockerCleanupConfig& docker = world.policy.docker;
  docker.images = dice.pick({ImagePolicy::unused, ImagePolicy::unused, ImagePolicy::unused,
                             ImagePolicy::dangling, ImagePolicy::off});
  docker.dangling_unused_for = dice.pick<milliseconds>({hours(0), hours(24)});
  docker.image_unused_for = dice.pick<milliseconds>({hours(0), days(7)});
  docker.keep_last = static_cast<int>(dice.below(3));
  docker.build_cache = dice.percent(85);
  docker.build_cache_unused_for = dice.pick<milliseconds>({hours(1), days(7)});
  docker.containers = dice.percent(70);
  docker.networks = dice.percent(80);
  docker.volumes =
      dice.pick({VolumePolicy::anonymous, VolumePolicy::anonymous, VolumePolicy::all, VolumePolicy::off});
}

}  // namespace

World random_world(std::uint64_t seed) {
  Dice dice(seed);
  World world;
  randomize_policy(dice, world);
  for (std::size_t i = dice.below(10); i > 0; --i) add_random_image(dice, world);
  for (std::size_t i = dice.below(4); i > 0; --i) add_random_container(dice, world, i);
  const bool many = dice.percent(2);
  for (std::size_t i = many ? many_volumes : dice.below(5); i > 0; --i) {
    add_random_volume(dice, world, i, many && dice.percent(85));
  }
  for (std::size_t i = dice.below(4); i > 0; --i) add_random_network(dice, world, i);
  for (std::size_t i = dice.below(4); i > 0; --i) add_random_record(dice, world, i);
  if (dice.percent(10)) world.inventory.service_images.items = {random_text(dice)};
  if (dice.percent(10)) world.moment.pins = {dice.pick<std::string>({"app:3", "mirror:5000/app:7", "web"})};
  if (dice.percent(15)) world.moment.observation.since_ms = world.ago(random_age(dice));
  if (dice.percent(2)) world.moment.observation = {};
  world.moment.wanted_bytes =
      dice.pick({std::uint64_t{0}, std::uint64_t{1}, 90 * mib, 180 * mib, PlanMoment::everything});
  if (dice.percent(5)) world.inventory.engine.kind = EngineKind::podman;
  if (dice.percent(5)) world.inventory.build_cache = {.problem = "too old", .unsupported = true};
  maybe_break(dice, world.inventory.images);
  maybe_break(dice, world.inventory.containers);
  maybe_break(dice, world.inventory.volumes);
  maybe_break(dice, world.inventory.networks);
  maybe_break(dice, world.inventory.build_cache);
  maybe_break(dice, world.inventory.service_images);
  return world;
}

}  // namespace caretaker
