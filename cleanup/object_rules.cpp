// SPDX-License-Identifier: MIT
// Containers, networks and volumes: few, simple, and each decided by itself.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "cleanup/explain.h"
#include "cleanup/plan_rules.h"

namespace caretaker {
namespace {

using std::string_view;

constexpr string_view shared_network_driver = "overlay";

template <class T, class Order>
std::vector<const T*> sorted(const std::vector<T>& items, Order order) {
  std::vector<const T*> pointers;
  pointers.reserve(items.size());
  for (const T& item : items) pointers.push_back(&item);
  std::ranges::sort(pointers, {}, [&](const T* item) { return order(*item); });
  return pointers;
}

// Adds the verdict of one object, and the action when it goes. `id` is also what is deleted.
void add(const PlanContext& context, Plan& plan, Verdict verdict, Decision decision) {
  const Seen seen = find_seen(context, verdict.kind, verdict.id);
  verdict.reason = decision.reason;
  verdict.rule = std::move(decision.rule);
  verdict.explanation = std::move(decision.explanation);
  verdict.first_seen_ms = seen.first_ms;
  verdict.last_used_ms = seen.last_used_ms;
  if (removes(decision.reason)) {
    plan.actions.push_back({.verdict = plan.verdicts.size(), .targets = {verdict.id}});
  }
  plan.verdicts.push_back(std::move(verdict));
}

// The first rules of all kinds: whether it can be judged at all.
Opinion not_judged(ObjectKind kind, bool on, const std::string& missing, const std::string& id, bool twice) {
  if (!on) return kind_is_off(kind);
  if (!missing.empty()) return Decision{Reason::unknown_state, {}, missing};
  if (id.empty()) return Decision{Reason::unknown_state, {}, "the engine tells no name of it"};
  if (twice) return Decision{Reason::unknown_state, {}, "the engine listed it twice"};
  return std::nullopt;
}

Opinion used_by(const ObjectUse* use) {
  if (use == nullptr) return std::nullopt;
  return Decision{Reason::in_use, use_rule(*use), use_text(*use)};
}

Decision judge_ended(const PlanContext& context, const Container& container) {
  const bool created = container.state == "created";
  const std::int64_t ended_ms = created ? container.created_ms : container.finished_ms;
  if (Opinion opinion = kept_by_name(context, container.id, container.name)) return *opinion;
  if (Opinion opinion = kept_by_label(context, container.labels)) return *opinion;
  const Seen seen = find_seen(context, ObjectKind::container, container.id);
  if (Opinion opinion = too_young(context, seen, container.created_ms, "created")) return *opinion;
  const milliseconds limit = context.policy.docker.container_exited_for;
  const std::string sentence =
      fmt::format("{} {} ago{}, container_exited_for is {}", created ? "created" : "ended",
                  age_text(context.age(ended_ms)), created ? " and never started" : "", setting_text(limit));
  if (context.age(ended_ms) < limit.count()) return {Reason::recently_used, {}, sentence};
  return {Reason::unused_too_long, {}, sentence};
}

Decision judge_container(const PlanContext& context, const Container& container) {
  const bool ended = container.state == "exited" || container.state == "dead";
  const bool created = container.state == "created";
  if (!ended && !created) {
    if (container.state.empty()) return {Reason::unknown_state, {}, "the engine tells no state of it"};
    return {Reason::in_use, container.state, fmt::format("it is {}", container.state)};
  }
  if ((created ? container.created_ms : container.finished_ms) <= 0) {
    return {Reason::unknown_state,
            {},
            fmt::format("the engine does not tell when it {}", created ? "was created" : "ended")};
  }
  if (container.restarts) {
    return {Reason::in_use, "restart policy", "it has a restart policy: the engine may start it again"};
  }
  return judge_ended(context, container);
}

Decision judge_network(const PlanContext& context, const Network& network, const NameUses& uses) {
  const ObjectUse* by_id = uses.find(network.id);
  if (Opinion opinion = used_by(by_id != nullptr ? by_id : uses.find(network.name))) return *opinion;
  if (network.endpoints.value_or(0) > 0) {
    return {Reason::in_use, {}, fmt::format("it has {}", count_text(*network.endpoints, "live endpoint"))};
  }
  if (network.predefined) return {Reason::predefined, {}, "it belongs to the engine itself"};
  if (Opinion opinion = kept_by_name(context, network.id, network.name)) return *opinion;
  if (Opinion opinion = kept_by_label(context, network.labels)) return *opinion;
  const Seen seen = find_seen(context, ObjectKind::network, network.id);
  if (Opinion opinion = too_young(context, seen, network.created_ms, "created")) return *opinion;
  const milliseconds limit = context.policy.docker.network_unused_for;
  if (Opinion opinion = used_recently(context, seen, limit, "network_unused_for")) return *opinion;
  return {Reason::unused_too_long,
          {},
          fmt::format("no container belongs to it, unused for {}, network_unused_for is {}",
                      age_text(context.age(seen.unused_since_ms)), setting_text(limit))};
}

Decision judge_volume(const PlanContext& context, const Volume& volume, const NameUses& uses) {
  if (Opinion opinion = used_by(uses.find(volume.name))) return *opinion;
  if (volume.name.starts_with(buildx_volume_prefix)) {
    return {Reason::keep_rule, std::string(buildx_volume_rule), std::string(buildx_volume_rule)};
  }
  if (Opinion opinion = kept_by_name(context, volume.name, volume.name)) return *opinion;
  if (Opinion opinion = kept_by_label(context, volume.labels)) return *opinion;
  if (context.policy.docker.volumes == VolumePolicy::anonymous && !volume.anonymous.value_or(false)) {
    return {Reason::named,
            {},
            volume.anonymous ? "it has a name of its own; [cleanup.docker] volumes = anonymous"
                             : "whether it is anonymous is not known; [cleanup.docker] volumes = anonymous"};
  }
  if (volume.driver != "local" || volume.has_options) {
    return {Reason::foreign_volume, volume.driver,
            volume.has_options ? "it is a mount with options: its data is elsewhere"
                               : fmt::format("its driver is {}: its data is elsewhere",
                                             volume.driver.empty() ? "not known" : volume.driver)};
  }
  const Seen seen = find_seen(context, ObjectKind::volume, volume.name);
  if (Opinion opinion = too_young(context, seen, volume.created_ms, "created")) return *opinion;
  const milliseconds limit = context.policy.docker.volume_unused_for;
  if (Opinion opinion = used_recently(context, seen, limit, "volume_unused_for")) return *opinion;
  return {Reason::unused_too_long,
          {},
          fmt::format("no container refers to it, unused for {}, volume_unused_for is {}",
                      age_text(context.age(seen.unused_since_ms)), setting_text(limit))};
}

// `judge` is asked about every object that nothing speaks against from the start.
template <class T, class Id, class Judge>
void plan_kind(const PlanContext& context, Plan& plan, ObjectKind kind, bool on,
               const std::vector<const T*>& objects, Id id, Judge judge) {
  const std::string missing = missing_lists(context, kind);
  if (on && !missing.empty()) plan.incomplete.push_back({kind, missing});
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const T& object = *objects[i];
    const bool twice = (i > 0 && id(*objects[i - 1]) == id(object)) ||
                       (i + 1 < objects.size() && id(*objects[i + 1]) == id(object));
    Opinion opinion = not_judged(kind, on, missing, id(object), twice);
    add(context, plan,
        {.kind = kind, .id = id(object), .names = {object.name}, .created_ms = object.created_ms},
        opinion ? std::move(*opinion) : judge(object));
  }
}

}  // namespace

void plan_containers(const PlanContext& context, Plan& plan) {
  const auto containers = sorted(context.inventory.containers.items, [](const Container& item) {
    return std::tie(item.id, item.name, item.created_ms, item.state);
  });
  plan_kind(
      context, plan, ObjectKind::container, context.policy.docker.containers, containers,
      [](const Container& item) -> const std::string& { return item.id; },
      [&](const Container& item) { return judge_container(context, item); });
}

void plan_networks(const PlanContext& context, Plan& plan) {
  const NameUses uses = NameUses::of_networks(context.containers);
  const auto networks = sorted(context.inventory.networks.items, [](const Network& item) {
    return std::tie(item.id, item.name, item.created_ms);
  });
  plan_kind(
      context, plan, ObjectKind::network, context.policy.docker.networks, networks,
      [](const Network& item) -> const std::string& { return item.id; },
      [&](const Network& item) -> Decision {
        if (item.driver == shared_network_driver) {
          return {Reason::unknown_state, item.driver, "containers on other machines may belong to it"};
        }
        return judge_network(context, item, uses);
      });
}

void plan_volumes(const PlanContext& context, Plan& plan) {
  const NameUses uses = NameUses::of_volumes(context.containers);
  const auto volumes = sorted(context.inventory.volumes.items, [](const Volume& item) {
    return std::tie(item.name, item.created_ms, item.driver);
  });
  plan_kind(
      context, plan, ObjectKind::volume, context.policy.docker.volumes != VolumePolicy::off, volumes,
      [](const Volume& item) -> const std::string& { return item.name; },
      [&](const Volume& item) { return judge_volume(context, item, uses); });
}

}  // namespace caretaker
