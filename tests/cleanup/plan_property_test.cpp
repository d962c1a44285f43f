// SPDX-License-Identifier: MIT
// What holds for every plan, tried on random worlds. A failure names the seed of its world.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cleanup/plan_oracle.h"
#include "cleanup/plan_random.h"

namespace caretaker {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t worlds = 5'000;
#else
constexpr std::uint64_t worlds = 100'000;
#endif
constexpr std::size_t rounds_max = 20;  // until a plan is empty: at least one object leaves in each

std::string key(const Verdict& verdict) {
  return std::string(to_string(verdict.kind)) + ' ' + verdict.id;
}

std::vector<std::string> action_keys(const Plan& plan) {
  std::vector<std::string> keys;
  for (const PlannedAction& action : plan.actions) keys.push_back(key(plan.verdicts[action.verdict]));
  return keys;
}

// All of a plan, for comparison.
std::string to_text(const Plan& plan) {
  std::string text;
  for (const Verdict& verdict : plan.verdicts) {
    text += key(verdict) + ' ' + testing::PrintToString(verdict.names) +
            std::string(to_string(verdict.reason)) + verdict.rule + '|' + verdict.explanation + '|' +
            std::to_string(verdict.bytes_min) + ' ' + std::to_string(verdict.bytes_max) + ' ' +
            std::to_string(verdict.created_ms) + ' ' + std::to_string(verdict.first_seen_ms) + ' ' +
            std::to_string(verdict.last_used_ms) + '\n';
  }
  for (const PlannedAction& action : plan.actions) {
    text += std::to_string(action.verdict) + testing::PrintToString(action.targets) +
            std::to_string(action.build_prune.unused_for_ms) + '\n';
  }
  for (const SkippedKind& kind : plan.incomplete)
    text += std::string(to_string(kind.kind)) + kind.problem + '\n';
  return text + std::to_string(plan.bytes_min) + ' ' + std::to_string(plan.bytes_max);
}

void unlimited(World& world) {
  world.policy.cleanup.max_share = 100;
  world.policy.cleanup.max_deletes = 100'000;
}

// The world after the engine has done all that the plan says.
void apply(const Plan& plan, World& world) {
  Inventory& inventory = world.inventory;
  std::set<std::string> gone;
  for (const std::string& action : action_keys(plan)) gone.insert(action);
  const auto left = [&gone](ObjectKind kind, const std::string& id) {
    return gone.contains(std::string(to_string(kind)) + ' ' + id);
  };
  std::erase_if(inventory.images.items, [&](const Image& item) { return left(ObjectKind::image, item.id); });
  std::erase_if(inventory.containers.items,
                [&](const Container& item) { return left(ObjectKind::container, item.id); });
  std::erase_if(inventory.networks.items,
                [&](const Network& item) { return left(ObjectKind::network, item.id); });
  std::erase_if(inventory.volumes.items,
                [&](const Volume& item) { return left(ObjectKind::volume, item.name); });
  if (!left(ObjectKind::build_cache, "*")) return;
  const std::int64_t bound_ms = plan.actions.front().build_prune.unused_for_ms;
  std::erase_if(inventory.build_cache.items, [&](const BuildCacheRecord& item) {
    const bool builtin = item.type == "internal" || item.type == "frontend";
    return !item.in_use && !item.shared && !builtin && item.last_used_ms <= world.now - bound_ms;
  });
}

TEST(PlanProperty, IsWhatTheRulesSayAboutEveryObject) {
  std::map<Reason, std::size_t> met;
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    const World world = random_world(seed);
    const Plan plan = world.plan();
    const Oracle oracle(world);
    std::vector<std::string> verdicts;
    for (const Verdict& verdict : plan.verdicts) {
      ++met[verdict.reason];
      ASSERT_FALSE(verdict.explanation.empty()) << "seed " << seed << ", " << key(verdict);
      if (verdict.id == all_build_cache) continue;
      verdicts.push_back(key(verdict) + ' ' + std::string(to_string(verdict.reason)));
    }
    std::ranges::sort(verdicts);
    ASSERT_EQ(verdicts, oracle.verdicts()) << "seed " << seed;
    ASSERT_EQ(action_keys(plan), oracle.actions()) << "seed " << seed;
  }
  EXPECT_EQ(met.size(), reason_table().size()) << "some reason was never met";
}

TEST(PlanProperty, ItsPartsFitTogether) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    const World world = random_world(seed);
    const Plan plan = world.plan();
    std::size_t counted = 0;
    for (const auto& [reason, number] : plan.counts()) counted += number;
    ASSERT_EQ(counted, plan.verdicts.size()) << "seed " << seed;
    ASSERT_TRUE(std::ranges::is_sorted(
        plan.verdicts, {}, [](const Verdict& verdict) { return std::pair(verdict.kind, verdict.id); }))
        << "seed " << seed;
    std::set<std::size_t> acted;
    for (const PlannedAction& action : plan.actions) {
      ASSERT_LT(action.verdict, plan.verdicts.size()) << "seed " << seed;
      const Verdict& verdict = plan.verdicts[action.verdict];
      ASSERT_TRUE(removes(verdict.reason)) << "seed " << seed << ", " << key(verdict);
      ASSERT_TRUE(acted.insert(action.verdict).second) << "seed " << seed << ", " << key(verdict);
      const bool cache = verdict.kind == ObjectKind::build_cache;
      ASSERT_EQ(action.targets.empty(), cache) << "seed " << seed << ", " << key(verdict);
      ASSERT_EQ(action.build_prune.unused_for_ms > 0, cache) << "seed " << seed << ", " << key(verdict);
    }
    for (std::size_t i = 0; i < plan.verdicts.size(); ++i) {
      const Verdict& verdict = plan.verdicts[i];
      ASSERT_LE(verdict.bytes_min, verdict.bytes_max) << "seed " << seed << ", " << key(verdict);
      const bool part_of_sweep = verdict.kind == ObjectKind::build_cache && verdict.id != all_build_cache;
      ASSERT_EQ(acted.contains(i), removes(verdict.reason) && !part_of_sweep)
          << "seed " << seed << ", " << key(verdict);
    }
  }
}

template <class T>
void shuffle(Listing<T>& listing, Dice& dice) {
  std::ranges::shuffle(listing.items, dice.engine());
}

TEST(PlanProperty, TheOrderOfTheListsMeansNothing) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    World world = random_world(seed);
    const Plan before = world.plan();
    Dice dice(seed);
    shuffle(world.inventory.images, dice);
    shuffle(world.inventory.containers, dice);
    shuffle(world.inventory.volumes, dice);
    shuffle(world.inventory.networks, dice);
    shuffle(world.inventory.build_cache, dice);
    shuffle(world.inventory.service_images, dice);
    const Plan after = world.plan();
    ASSERT_EQ(action_keys(after), action_keys(before)) << "seed " << seed;
    ASSERT_EQ(to_text(after), to_text(before)) << "seed " << seed;
  }
}

TEST(PlanProperty, MorePressureNeverRemovesLess) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    World world = random_world(seed);
    const bool limited = seed % 2 == 0;
    if (!limited) unlimited(world);
    std::set<std::string> before;
    for (const std::uint64_t wanted : {std::uint64_t{0}, 60 * mib, 200 * mib, PlanMoment::everything}) {
      world.moment.wanted_bytes = wanted;
      std::set<std::string> now;
      for (std::string& action : action_keys(world.plan())) {
        // What comes after the images may be pushed over max_deletes.
        const bool first = action.starts_with("image") || action.starts_with("build_cache");
        if (first || !limited) now.insert(std::move(action));
      }
      ASSERT_TRUE(std::ranges::includes(now, before)) << "seed " << seed << ", wanted " << wanted;
      before = std::move(now);
    }
  }
}

// What the first run leaves to the next: the image, volume or network of a container that went, the parent of
// an image that went, all images while a container told nothing of its image, and what has a digest only, for
// which other rules hold when the last tagged image of its repository went.
bool may_follow(const Verdict& verdict) {
  const bool untagged = verdict.kind == ObjectKind::image && verdict.names.empty();
  return verdict.reason == Reason::in_use || verdict.reason == Reason::has_children ||
         verdict.reason == Reason::unknown_state || (untagged && verdict.reason == Reason::recently_used);
}

TEST(PlanProperty, ASecondRunFindsNothingButWhatTheFirstSetFree) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    World world = random_world(seed);
    unlimited(world);
    if (world.inventory.build_cache.unsupported) world.policy.docker.build_cache = false;
    // Build cache that was never used has no time that the engine could compare.
    for (BuildCacheRecord& item : world.inventory.build_cache.items) {
      item.last_used_ms = std::max(item.last_used_ms, item.created_ms);
    }
    if (world.moment.wanted_bytes > 0) world.moment.wanted_bytes = PlanMoment::everything;
    std::size_t rounds = 0;
    for (Plan plan = world.plan(); !plan.actions.empty(); ++rounds) {
      ASSERT_LT(rounds, rounds_max) << "seed " << seed;
      std::map<std::string, Verdict> before;
      for (const Verdict& verdict : plan.verdicts) before.emplace(key(verdict), verdict);
      apply(plan, world);
      plan = world.plan();
      for (const std::string& action : action_keys(plan)) {
        ASSERT_TRUE(before.contains(action)) << "seed " << seed << ", " << action;
        ASSERT_TRUE(may_follow(before.at(action))) << "seed " << seed << ", " << action;
      }
    }
  }
}

}  // namespace
}  // namespace caretaker
