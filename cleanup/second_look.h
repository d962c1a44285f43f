// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cleanup/action_outcome.h"
#include "cleanup/plan.h"
#include "cleanup/uses.h"
#include "docker/engine_client.h"

namespace caretaker {

// Looks at an object once more right before it is removed, because the plan may be minutes old: whether it is
// still the same one and still used by nobody. For one thread.
class SecondLook {
 public:
  using Generation = std::function<std::optional<std::uint64_t>()>;

  // `engine` and `inventory` must outlive it; `planned` is the generation from before the inventory.
  SecondLook(EngineClient& engine, Generation generation, const Inventory& inventory,
             std::optional<std::uint64_t> planned);
  SecondLook(const SecondLook&) = delete;
  SecondLook& operator=(const SecondLook&) = delete;
  ~SecondLook() = default;

  // Why the object must not be removed now; nothing when it may. `tags`: those that the image should have by
  // now, sorted.
  [[nodiscard]] std::optional<ActionOutcome> objection(const Verdict& verdict,
                                                       const std::vector<std::string>& tags,
                                                       const std::stop_token& stop);

 private:
  using Objection = std::optional<ActionOutcome>;

  Objection object_to_image(const Verdict& verdict, const std::vector<std::string>& tags,
                            const std::stop_token& stop);
  Objection object_to_container(const Verdict& verdict, const std::stop_token& stop);
  Objection object_to_network(const Verdict& verdict, const std::stop_token& stop);
  Objection object_to_volume(const Verdict& verdict, const std::stop_token& stop);
  // Makes containers_ those of now.
  Objection list_containers(const std::stop_token& stop);
  void take_containers(std::vector<Container> containers);

  EngineClient& engine_;
  Generation generation_;
  const Inventory& inventory_;
  // The generation that containers_ are of; nothing: they have to be listed.
  std::optional<std::uint64_t> listed_;
  std::vector<Container> containers_;
  std::vector<const Container*> container_pointers_;

  std::vector<const Image*> images_;  // the planned ones, in their order
  std::vector<std::vector<std::string>> repositories_;
  std::optional<ImageUses> image_uses_;  // made when first needed; borrows the four above
};

}  // namespace caretaker
