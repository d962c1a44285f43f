// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cleanup/inventory.h"
#include "docker/engine_objects.h"

namespace caretaker {

// Who needs an object: the first of its users in the order of running ones, name, id.
struct ObjectUse {
  std::size_t containers = 0;            // how many of them
  const Container* container = nullptr;  // null: a service, or only the engine's own count knows
  const std::string* text = nullptr;     // the reference that container or service was made from
  enum class How : std::uint8_t {
    object,   // the container says so
    named,    // what the container was made from means this image now
    similar,  // the container's own image is not in the list, and by its text this could be it
    mounted,  // as an image mount
    service,  // a service's reference
    counted,  // by the engine's count
  } how = How::object;
};
// The container's name, or the service's reference.
[[nodiscard]] std::string use_rule(const ObjectUse& use);
// "container web-1 (running) and 2 others use it"
[[nodiscard]] std::string use_text(const ObjectUse& use);

// The containers of an inventory: running first, then by name and id.
[[nodiscard]] std::vector<const Container*> containers_by_rank(const Inventory& inventory);

// Which images something needs: by id, by any text that means them now, by digest, as image mounts, and where
// the true image of a container is not known every image that it could be. Borrows all that it is given.
class ImageUses {
 public:
  // `repositories`: of each image, as image_repositories() makes them.
  ImageUses(std::span<const Image* const> images, std::span<const std::vector<std::string>> repositories);
  ImageUses(const ImageUses&) = delete;
  ImageUses& operator=(const ImageUses&) = delete;
  ~ImageUses() = default;

  void add_container(const Container& container);
  void add_service(const std::string& reference);
  void add_counts();  // last: what the engine counts beyond what was added
  // Null: nothing needs it.
  [[nodiscard]] const ObjectUse* find(std::size_t image) const;

 private:
  using Index = std::vector<std::pair<std::string_view, std::size_t>>;
  struct Claim {
    const Container* container = nullptr;
    const std::string* text = nullptr;
    ObjectUse::How how = ObjectUse::How::object;
  };

  // What a text means: nothing that is listed, what it means today, or the same for ever.
  enum class Found : std::uint8_t { nothing, today, for_ever };
  Found claim_named(const std::string& text, const Claim& claim);
  void claim_similar(const std::string& text, const Claim& claim);
  bool claim_all(const Index& index, std::string_view key, const Claim& claim);
  void mark(std::size_t image, const Claim& claim);

  std::span<const Image* const> images_;
  std::vector<std::string> references_;  // canonical tags; the indices view into them
  Index ids_;                            // hex digits
  Index by_reference_;
  Index by_digest_;
  Index by_repository_;
  std::vector<ObjectUse> uses_;
  std::vector<const Container*> last_;  // who claimed each image last
  std::vector<bool> used_;
};

// Which volumes, or networks, containers in any state refer to, by name or id. Borrows the inventory.
class NameUses {
 public:
  static NameUses of_volumes(std::span<const Container* const> containers);
  static NameUses of_networks(std::span<const Container* const> containers);
  [[nodiscard]] const ObjectUse* find(std::string_view name) const;

 private:
  void add(std::string_view name, const Container& container);
  std::map<std::string_view, std::pair<ObjectUse, const Container*>> uses_;  // and who was added last
};

}  // namespace caretaker
