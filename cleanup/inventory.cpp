// SPDX-License-Identifier: MIT
#include "cleanup/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace caretaker {
namespace {

bool ends_everything(const EngineError& error) {
  return error.problem == EngineProblem::unreachable || error.problem == EngineProblem::stopped;
}

// Lists one kind after the other, until one of them ends everything.
class Lister {
 public:
  Lister(EngineClient& engine, const std::stop_token& stop) : engine_(engine), stop_(stop) {}

  template <class T>
  void list(Listing<T>& listing, EngineResult<std::vector<T>> (EngineClient::*ask)(const std::stop_token&)) {
    if (end_) return;
    auto items = (engine_.*ask)(stop_);
    if (items) {
      listing.items = std::move(*items);
      listing.complete = true;
      return;
    }
    if (ends_everything(items.error())) {
      end_ = std::move(items.error());
      return;
    }
    listing.unsupported = items.error().problem == EngineProblem::unsupported;
    listing.problem = std::move(items.error().message);
  }

  void inspect_ended(Listing<Container>& containers) {
    std::size_t inspected = 0;
    std::vector<Container> present;
    present.reserve(containers.items.size());
    for (Container& item : containers.items) {
      const bool wanted = !end_ && item.state != "running" && inspected < container_ends_max;
      if (wanted) ++inspected;
      if (!wanted || inspect(item)) present.push_back(std::move(item));
    }
    containers.items = std::move(present);
  }

  [[nodiscard]] const std::optional<EngineError>& end() const { return end_; }

 private:
  // False when it is gone.
  bool inspect(Container& listed) {
    auto now = engine_.container(listed.id, stop_);
    if (now) {
      listed.state = now->state;
      listed.finished_ms = now->finished_ms;
      listed.restarts = now->restarts;
      return true;
    }
    if (ends_everything(now.error())) end_ = std::move(now.error());
    return end_ || now.error().problem != EngineProblem::not_found;
  }

  EngineClient& engine_;
  const std::stop_token& stop_;
  std::optional<EngineError> end_;
};

}  // namespace

std::string describe_engine(const EngineVersion& version, const EngineInfo& info) {
  return fmt::format("{} {}, API {}, {} {}", to_string(version.kind), version.version, to_string(version.api),
                     to_string(info.store), info.driver);
}

EngineResult<Inventory> take_inventory(EngineClient& engine, bool container_ends, std::int64_t now_ms,
                                       const std::stop_token& stop) {
  Inventory inventory;
  inventory.time_ms = now_ms;
  inventory.engine = engine.version();
  auto info = engine.info(stop);
  if (!info) return std::unexpected(std::move(info.error()));
  inventory.info = std::move(*info);

  Lister lister(engine, stop);
  lister.list(inventory.images, &EngineClient::images);
  lister.list(inventory.containers, &EngineClient::containers);
  lister.list(inventory.volumes, &EngineClient::volumes);
  lister.list(inventory.networks, &EngineClient::networks);
  lister.list(inventory.build_cache, &EngineClient::build_cache);
  if (inventory.info.swarm_manager) {
    lister.list(inventory.service_images, &EngineClient::service_images);
  } else {
    inventory.service_images.complete = true;
  }
  if (container_ends) lister.inspect_ended(inventory.containers);
  if (lister.end()) return std::unexpected(*lister.end());
  return inventory;
}

}  // namespace caretaker
