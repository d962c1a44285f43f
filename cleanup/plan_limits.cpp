// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "cleanup/explain.h"
#include "cleanup/plan_rules.h"

namespace caretaker {
namespace {

constexpr std::size_t share_removals_min = 10;  // so few may be all that there are

struct KindCount {
  std::size_t objects = 0;
  std::size_t removals = 0;
};

bool is_limited(const PlanContext& context, ObjectKind kind, const KindCount& count) {
  const bool made_again = kind == ObjectKind::image || kind == ObjectKind::build_cache;
  if (context.pressure() && made_again) return false;
  const auto share = static_cast<std::size_t>(context.policy.cleanup.max_share);
  return count.removals > share_removals_min && count.removals * 100 > share * count.objects;
}

}  // namespace

void limit_share(const PlanContext& context, Plan& plan) {
  std::array<KindCount, object_kinds> counts{};
  for (const Verdict& verdict : plan.verdicts) {
    if (verdict.kind == ObjectKind::build_cache && verdict.id == all_build_cache) continue;
    KindCount& count = counts[static_cast<std::size_t>(verdict.kind)];
    ++count.objects;
    if (removes(verdict.reason)) ++count.removals;
  }
  for (Verdict& verdict : plan.verdicts) {
    const KindCount& count = counts[static_cast<std::size_t>(verdict.kind)];
    if (!removes(verdict.reason) || !is_limited(context, verdict.kind, count)) continue;
    verdict.reason = Reason::over_max_share;
    verdict.explanation += fmt::format("; but {} of {} would go at once, max_share is {} %", count.removals,
                                       count.objects, context.policy.cleanup.max_share);
  }
  std::erase_if(plan.actions,
                [&](const PlannedAction& action) { return !removes(plan.verdicts[action.verdict].reason); });
}

void limit_number(const PlanContext& context, Plan& plan) {
  const auto max = static_cast<std::size_t>(std::max(context.policy.cleanup.max_deletes, 0));
  const auto postpone = [max](Verdict& verdict, std::size_t before) {
    verdict.reason = Reason::over_max_deletes;
    verdict.explanation +=
        fmt::format("; but {} before it, max_deletes is {}",
                    before == 1 ? "1 other goes" : fmt::format("{} others go", before), max);
  };
  for (std::size_t i = max; i < plan.actions.size(); ++i) {
    const Verdict& verdict = plan.verdicts[plan.actions[i].verdict];
    if (verdict.kind != ObjectKind::build_cache) {
      postpone(plan.verdicts[plan.actions[i].verdict], i);
      continue;
    }
    for (Verdict& record : plan.verdicts) {
      if (record.kind == ObjectKind::build_cache && removes(record.reason)) postpone(record, i);
    }
  }
  if (plan.actions.size() > max) plan.actions.resize(max);
}

}  // namespace caretaker
