// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cleanup_record.h"
#include "cleanup/keep_rules.h"
#include "cleanup/plan.h"
#include "cleanup/uses.h"

// The steps of make_plan(), one function for each kind of object. Internal to the planner.
namespace caretaker {

// Saturates.
[[nodiscard]] std::uint64_t add_bytes(std::uint64_t left, std::uint64_t right);
[[nodiscard]] std::int64_t age_ms(std::int64_t now_ms, std::int64_t then_ms);

// What one rule says about an object, or the last word about it.
struct Decision {
  Reason reason = Reason::unknown_state;
  std::string rule;
  std::string explanation;
};
using Opinion = std::optional<Decision>;  // nothing: ask the next rule

// The arguments of make_plan() and what all kinds need of them.
struct PlanContext {
  const Inventory& inventory;
  const FindUsage& find_usage;
  const CleanupPolicy& policy;
  const PlanMoment& moment;
  const KeepRules keep;
  const std::vector<const Container*> containers;  // by rank

  [[nodiscard]] bool pressure() const { return moment.wanted_bytes > 0; }
  [[nodiscard]] std::int64_t age(std::int64_t then_ms) const { return age_ms(moment.now_ms, then_ms); }
};

// An object's history, with what is not known filled in on the safe side.
struct Seen {
  std::int64_t first_ms = 0;         // now, where it was never seen
  std::int64_t last_used_ms = 0;     // 0: never seen in use
  std::int64_t unused_since_ms = 0;  // 0: in use when last looked at
};
[[nodiscard]] Seen find_seen(const PlanContext& context, ObjectKind kind, const std::string& id);

// Why a kind cannot be judged at all; empty when it can: its own list and those of all its users are
// complete.
[[nodiscard]] std::string missing_lists(const PlanContext& context, ObjectKind kind);

// The rules that several kinds share.
[[nodiscard]] Opinion kept_by_name(const PlanContext& context, const std::string& id,
                                   const std::string& name);
[[nodiscard]] Opinion kept_by_match(const KeepRules::Match& match);
[[nodiscard]] Opinion kept_by_label(const PlanContext& context, const Labels& labels);
// `changed_ms` and `changed`: when it was made or tagged here, 0 where that is not known, and the word for
// it.
[[nodiscard]] Opinion too_young(const PlanContext& context, const Seen& seen, std::int64_t changed_ms,
                                std::string_view changed);
// Nothing is old before we began to watch: a use may have been missed.
[[nodiscard]] Opinion watched_too_briefly(const PlanContext& context);
// Neither volumes nor networks have been used since this moment, as far as our watching can tell; the rule
// speaks up when that is less than `unused_for` ago.
[[nodiscard]] Opinion used_recently(const PlanContext& context, const Seen& seen, milliseconds unused_for,
                                    std::string_view setting);
[[nodiscard]] Decision kind_is_off(ObjectKind kind);

// Each appends the verdicts of its kind, in order of id, then the actions, in order of execution.
void plan_build_cache(const PlanContext& context, Plan& plan);
void plan_images(const PlanContext& context, Plan& plan);
void plan_containers(const PlanContext& context, Plan& plan);
void plan_networks(const PlanContext& context, Plan& plan);
void plan_volumes(const PlanContext& context, Plan& plan);

// Takes back what one run must not remove: too large a share of a kind, and all beyond `max_deletes`.
void limit_share(const PlanContext& context, Plan& plan);
void limit_number(const PlanContext& context, Plan& plan);

}  // namespace caretaker
