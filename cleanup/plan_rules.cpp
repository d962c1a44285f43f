// SPDX-License-Identifier: MIT
#include "cleanup/plan_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cleanup/explain.h"

namespace caretaker {
namespace {

using std::string_view;

template <class T>
void add_problem(std::string& problems, string_view name, const Listing<T>& listing) {
  if (listing.complete) return;
  if (!problems.empty()) problems += "; ";
  problems += listing.problem.empty() ? fmt::format("{} were not listed", name)
                                      : fmt::format("{} are not known: {}", name, listing.problem);
}

// A container that tells nothing about its image may use any of them.
void add_nameless(std::string& problems, const Inventory& inventory) {
  const auto nameless = std::ranges::count_if(inventory.containers.items, [](const Container& container) {
    return container.image_id.empty() && container.image.empty();
  });
  if (nameless == 0) return;
  if (!problems.empty()) problems += "; ";
  problems += fmt::format("the engine does not tell the image of {}",
                          count_text(static_cast<std::uint64_t>(nameless), "container"));
}

}  // namespace

std::uint64_t add_bytes(std::uint64_t left, std::uint64_t right) {
  const std::uint64_t sum = left + right;
  return sum < left ? std::numeric_limits<std::uint64_t>::max() : sum;
}

std::int64_t age_ms(std::int64_t now_ms, std::int64_t then_ms) {
  std::int64_t age = 0;
  if (!__builtin_sub_overflow(now_ms, then_ms, &age)) return age;
  return then_ms < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

Seen find_seen(const PlanContext& context, ObjectKind kind, const std::string& id) {
  const ObjectUsage* usage = context.find_usage ? context.find_usage(kind, id) : nullptr;
  if (usage == nullptr) return {.first_ms = context.moment.now_ms};
  return {.first_ms = usage->first_seen_ms > 0 ? usage->first_seen_ms : context.moment.now_ms,
          .last_used_ms = usage->last_used_ms,
          .unused_since_ms = usage->unused_since_ms};
}

std::string missing_lists(const PlanContext& context, ObjectKind kind) {
  const Inventory& inventory = context.inventory;
  std::string problems;
  switch (kind) {
    case ObjectKind::build_cache:
      add_problem(problems, "build cache records", inventory.build_cache);
      return problems;
    case ObjectKind::image:
      add_problem(problems, "images", inventory.images);
      add_problem(problems, "services", inventory.service_images);
      add_nameless(problems, inventory);
      break;
    case ObjectKind::container:
      break;
    case ObjectKind::network:
      add_problem(problems, "networks", inventory.networks);
      break;
    case ObjectKind::volume:
      add_problem(problems, "volumes", inventory.volumes);
      break;
  }
  add_problem(problems, "containers", inventory.containers);
  return problems;
}

Opinion kept_by_match(const KeepRules::Match& match) {
  if (match.glob == nullptr) return std::nullopt;
  return Decision{Reason::keep_rule, *match.glob,
                  fmt::format("{} matches [cleanup] keep = {}", match.name, *match.glob)};
}

Opinion kept_by_name(const PlanContext& context, const std::string& id, const std::string& name) {
  return kept_by_match(context.keep.match(id, name));
}

Opinion kept_by_label(const PlanContext& context, const Labels& labels) {
  const std::string* rule = context.keep.match_labels(labels);
  if (rule == nullptr) return std::nullopt;
  return Decision{Reason::keep_label, *rule,
                  fmt::format("it has a label of [cleanup] keep_labels = {}", *rule)};
}

Opinion too_young(const PlanContext& context, const Seen& seen, std::int64_t changed_ms,
                  string_view changed) {
  const milliseconds min_age = context.policy.cleanup.min_age;
  const bool newer = changed_ms > seen.first_ms;
  if (const std::int64_t age = context.age(newer ? changed_ms : seen.first_ms); age < min_age.count()) {
    return Decision{Reason::too_young,
                    {},
                    fmt::format("{} {} ago, min_age is {}", newer ? changed : "first seen", age_text(age),
                                setting_text(min_age))};
  }
  return watched_too_briefly(context);
}

Opinion watched_too_briefly(const PlanContext& context) {
  const milliseconds min_age = context.policy.cleanup.min_age;
  const std::int64_t watched_ms = context.moment.observation.since_ms;
  if (watched_ms <= 0) return Decision{Reason::too_young, {}, "the engine is not being watched yet"};
  if (const std::int64_t age = context.age(watched_ms); age < min_age.count()) {
    return Decision{Reason::too_young,
                    {},
                    fmt::format("the engine has been watched without a gap for {} only, min_age is {}",
                                age_text(age), setting_text(min_age))};
  }
  return std::nullopt;
}

Opinion used_recently(const PlanContext& context, const Seen& seen, milliseconds unused_for,
                      string_view setting) {
  if (seen.unused_since_ms <= 0) {
    return Decision{Reason::recently_used, {}, "it was in use when last looked at"};
  }
  const std::int64_t watched_ms = context.moment.observation.since_ms;
  const bool gap = watched_ms > seen.unused_since_ms;
  const std::int64_t age = context.age(std::max(seen.unused_since_ms, watched_ms));
  if (age >= unused_for.count()) return std::nullopt;
  return Decision{
      Reason::recently_used,
      {},
      fmt::format("{} for {}, {} is {}",
                  gap ? "nothing used it, but it has been watched without a gap only" : "nothing has used it",
                  age_text(age), setting, setting_text(unused_for))};
}

Decision kind_is_off(ObjectKind kind) {
  constexpr string_view keys[] = {"build_cache", "images", "containers", "networks", "volumes"};
  return {Reason::kind_off,
          {},
          fmt::format("[cleanup.docker] {} leaves it alone", keys[static_cast<std::size_t>(kind)])};
}

}  // namespace caretaker
