// SPDX-License-Identifier: MIT
#include "cleanup/second_look.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/pause.h"
#include "cleanup/image_names.h"

namespace caretaker {
namespace {

using std::string;

// While somebody else removes an image, engines answer 500 ("layer does not exist"), and 404 a moment later.
constexpr std::chrono::milliseconds look_again_delay{500};

ActionOutcome kept(string why) {
  return {.state = ActionState::kept, .message = std::move(why)};
}

// What it means that an object, or the list of what may use it, could not be had.
ActionOutcome unseen(const EngineError& error) {
  switch (error.problem) {
    case EngineProblem::not_found:
      return {.state = ActionState::gone, .message = "it was gone already"};
    case EngineProblem::stopped:
      return {.state = ActionState::deferred, .message = "stopped before it was removed"};
    case EngineProblem::throttled:
      return {.state = ActionState::deferred, .message = error.message};
    default:
      return {.state = ActionState::failed, .message = "could not be looked at once more: " + error.message};
  }
}

std::optional<ActionOutcome> in_use(const ObjectUse* use) {
  if (use == nullptr) return std::nullopt;
  return kept(use_text(*use) + " now");
}

// The planned object; null: not in the list.
template <class T, class Key>
const T* find_planned(const Listing<T>& listing, Key key, const string& id) {
  const auto found = std::ranges::find(listing.items, id, key);
  return found == listing.items.end() ? nullptr : &*found;
}

}  // namespace

SecondLook::SecondLook(EngineClient& engine, Generation generation, const Inventory& inventory,
                       std::optional<std::uint64_t> planned)
    : engine_(engine),
      generation_(std::move(generation)),
      inventory_(inventory),
      listed_(inventory.containers.complete ? planned : std::nullopt) {
  for (const Image& image : inventory.images.items) {
    images_.push_back(&image);
    repositories_.push_back(image_repositories(image));
  }
  take_containers(inventory.containers.items);
}

void SecondLook::take_containers(std::vector<Container> containers) {
  image_uses_.reset();
  containers_ = std::move(containers);
  container_pointers_.clear();
  for (const Container& container : containers_) container_pointers_.push_back(&container);
}

SecondLook::Objection SecondLook::objection(const Verdict& verdict, const std::vector<string>& tags,
                                            const std::stop_token& stop) {
  switch (verdict.kind) {
    case ObjectKind::image:
      return object_to_image(verdict, tags, stop);
    case ObjectKind::container:
      return object_to_container(verdict, stop);
    case ObjectKind::network:
      return object_to_network(verdict, stop);
    case ObjectKind::volume:
      return object_to_volume(verdict, stop);
    case ObjectKind::build_cache:
      break;  // the engine itself leaves what is in use or younger than asked for
  }
  return std::nullopt;
}

SecondLook::Objection SecondLook::list_containers(const std::stop_token& stop) {
  // Asked for before the list: what comes meanwhile makes the next look list again.
  const auto now = generation_();
  if (now && now == listed_) return std::nullopt;
  auto containers = engine_.containers(stop);
  if (!containers) {
    listed_.reset();
    return unseen(containers.error());
  }
  take_containers(std::move(*containers));
  listed_ = now;
  return std::nullopt;
}

SecondLook::Objection SecondLook::object_to_image(const Verdict& verdict, const std::vector<string>& tags,
                                                  const std::stop_token& stop) {
  auto image = engine_.image(verdict.id, stop);
  if (!image && image.error().problem == EngineProblem::failed && pause_for(look_again_delay, stop)) {
    image = engine_.image(verdict.id, stop);
  }
  if (!image) return unseen(image.error());
  std::vector<string> now = image->tags;
  std::ranges::sort(now);
  if (now != tags) {
    return kept(fmt::format("its tags changed since the plan: {} then, {} now",
                            tags.empty() ? "none" : fmt::format("{}", fmt::join(tags, ", ")),
                            now.empty() ? "none" : fmt::format("{}", fmt::join(now, ", "))));
  }
  if (auto objection = list_containers(stop)) return objection;
  // All planned images are known to it, because a container of an image that is not is taken for a user of
  // every image that it may be of.
  if (!image_uses_) {
    image_uses_.emplace(images_, repositories_);
    for (const Container& container : containers_) image_uses_->add_container(container);
  }
  const auto planned = std::ranges::find(images_, verdict.id, &Image::id);
  if (planned == images_.end()) return kept("it was not there when the plan was made");
  return in_use(image_uses_->find(static_cast<std::size_t>(planned - images_.begin())));
}

SecondLook::Objection SecondLook::object_to_container(const Verdict& verdict, const std::stop_token& stop) {
  const Container* const planned = find_planned(inventory_.containers, &Container::id, verdict.id);
  const auto now = engine_.container(verdict.id, stop);
  if (!now) return unseen(now.error());
  if (planned == nullptr || now->state != planned->state) {
    return kept(fmt::format("its state changed since the plan: {} now", now->state));
  }
  if (now->finished_ms != planned->finished_ms) return kept("it ran since the plan");
  return std::nullopt;
}

SecondLook::Objection SecondLook::object_to_network(const Verdict& verdict, const std::stop_token& stop) {
  const auto now = engine_.network(verdict.id, stop);
  if (!now) return unseen(now.error());
  if (now->endpoints.value_or(0) > 0) return kept(fmt::format("it has {} endpoints now", *now->endpoints));
  if (auto objection = list_containers(stop)) return objection;
  const NameUses uses = NameUses::of_networks(container_pointers_);
  if (auto objection = in_use(uses.find(now->id))) return objection;
  return in_use(uses.find(now->name));
}

SecondLook::Objection SecondLook::object_to_volume(const Verdict& verdict, const std::stop_token& stop) {
  const Volume* const planned = find_planned(inventory_.volumes, &Volume::name, verdict.id);
  const auto now = engine_.volume(verdict.id, stop);
  if (!now) return unseen(now.error());
  if (planned == nullptr || now->created_ms != planned->created_ms) {
    return kept("it was made anew since the plan");
  }
  if (auto objection = list_containers(stop)) return objection;
  return in_use(NameUses::of_volumes(container_pointers_).find(now->name));
}

}  // namespace caretaker
