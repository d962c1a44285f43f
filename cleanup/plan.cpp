// SPDX-License-Identifier: MIT
#include "cleanup/plan.h"

#include <algorithm>

#include "cleanup/plan_rules.h"

namespace caretaker {

std::vector<std::pair<Reason, std::size_t>> Plan::counts() const {
  std::vector<std::size_t> numbers(reason_table().size());
  for (const Verdict& verdict : verdicts) ++numbers[static_cast<std::size_t>(verdict.reason)];
  std::vector<std::pair<Reason, std::size_t>> counts;
  for (const ReasonInfo& info : reason_table()) {
    const std::size_t number = numbers[static_cast<std::size_t>(info.reason)];
    if (number > 0) counts.emplace_back(info.reason, number);
  }
  return counts;
}

std::size_t Plan::objects() const {
  return static_cast<std::size_t>(std::ranges::count_if(actions, [this](const PlannedAction& action) {
    const Verdict& verdict = verdicts[action.verdict];
    return verdict.id != all_build_cache || verdict.bytes_max > 0;
  }));
}

Plan make_plan(const Inventory& inventory, const FindUsage& usage, const CleanupPolicy& policy,
               const PlanMoment& moment) {
  const PlanContext context{.inventory = inventory,
                            .find_usage = usage,
                            .policy = policy,
                            .moment = moment,
                            .keep = KeepRules(policy.cleanup),
                            .containers = containers_by_rank(inventory)};
  Plan plan;
  plan_build_cache(context, plan);
  plan_images(context, plan);
  plan_containers(context, plan);
  plan_networks(context, plan);
  plan_volumes(context, plan);
  limit_share(context, plan);
  limit_number(context, plan);
  for (const PlannedAction& action : plan.actions) {
    plan.bytes_min = add_bytes(plan.bytes_min, plan.verdicts[action.verdict].bytes_min);
    plan.bytes_max = add_bytes(plan.bytes_max, plan.verdicts[action.verdict].bytes_max);
  }
  return plan;
}

}  // namespace caretaker
