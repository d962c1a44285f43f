// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <utility>

#include "cleanup/explain.h"
#include "cleanup/plan_rules.h"

namespace caretaker {
namespace {

// Never less than min_age, so that the engine's own sweep spares what is young as well.
milliseconds unused_bound(const PlanContext& context) {
  return std::max(context.policy.docker.build_cache_unused_for, context.policy.cleanup.min_age);
}

// No history of ours is needed: the engine itself tells when a record was used.
Decision judge_record(const PlanContext& context, const BuildCacheRecord& record) {
  if (record.in_use) return {Reason::in_use, {}, "a build uses it"};
  if (record.shared) return {Reason::in_use, {}, "an image has it in common: removing it frees nothing"};
  if (record.type == "internal" || record.type == "frontend") {
    return {Reason::predefined, record.type, fmt::format("the builder's own ({})", record.type)};
  }
  const std::int64_t used_ms = std::max(record.last_used_ms, record.created_ms);
  if (used_ms <= 0) return {Reason::unknown_state, {}, "the engine does not tell when it was used"};
  const milliseconds min_age = context.policy.cleanup.min_age;
  if (const std::int64_t age = context.age(record.created_ms); age < min_age.count()) {
    return {Reason::too_young,
            {},
            fmt::format("created {} ago, min_age is {}", age_text(age), setting_text(min_age))};
  }
  if (Opinion opinion = watched_too_briefly(context)) return *opinion;
  const milliseconds limit = unused_bound(context);
  const std::string sentence = fmt::format("last used {} ago, build_cache_unused_for is {}",
                                           age_text(context.age(used_ms)), setting_text(limit));
  return {
      context.age(used_ms) < limit.count() ? Reason::recently_used : Reason::unused_too_long, {}, sentence};
}

// All that goes with the one request.
struct Sweep {
  std::size_t records = 0;
  std::size_t going = 0;
  std::uint64_t bytes = 0;
};

void add_sweep(const PlanContext& context, Plan& plan, std::size_t verdict) {
  plan.actions.push_back(
      {.verdict = verdict, .build_prune = {.unused_for_ms = unused_bound(context).count()}});
}

Verdict sweep_verdict(const PlanContext& context, const Sweep& sweep) {
  return {
      .kind = ObjectKind::build_cache,
      .id = std::string(all_build_cache),
      .reason = Reason::unused_too_long,
      .explanation = fmt::format("{} of {} were not used for {}", sweep.going,
                                 count_text(sweep.records, "record"), setting_text(unused_bound(context))),
      .bytes_min = sweep.bytes,
      .bytes_max = sweep.bytes};
}

// The engine has build cache and no list of it.
void plan_unlisted(const PlanContext& context, Plan& plan) {
  const milliseconds limit = unused_bound(context);
  Verdict verdict{.kind = ObjectKind::build_cache, .id = std::string(all_build_cache)};
  Opinion opinion = watched_too_briefly(context);
  verdict.reason = opinion ? opinion->reason : Reason::unused_too_long;
  verdict.explanation =
      opinion ? std::move(opinion->explanation)
              : fmt::format("what was not used for {}; this engine cannot list its build cache beforehand",
                            setting_text(limit));
  if (!opinion) add_sweep(context, plan, plan.verdicts.size());
  plan.verdicts.push_back(std::move(verdict));
}

std::vector<const BuildCacheRecord*> sorted_records(const Inventory& inventory) {
  std::vector<const BuildCacheRecord*> records;
  for (const BuildCacheRecord& record : inventory.build_cache.items) records.push_back(&record);
  std::ranges::sort(records, {}, [](const BuildCacheRecord* record) {
    return std::tie(record->id, record->created_ms, record->last_used_ms, record->size_bytes, record->in_use,
                    record->shared, record->type);
  });
  return records;
}

Verdict record_verdict(const BuildCacheRecord& record, Decision decision) {
  return {.kind = ObjectKind::build_cache,
          .id = record.id,
          .reason = decision.reason,
          .rule = std::move(decision.rule),
          .explanation = std::move(decision.explanation),
          .bytes_min = record.shared ? 0 : record.size_bytes.value_or(0),
          .bytes_max = record.size_bytes.value_or(0),
          .created_ms = record.created_ms,
          .first_seen_ms = record.created_ms,
          .last_used_ms = record.last_used_ms};
}

}  // namespace

void plan_build_cache(const PlanContext& context, Plan& plan) {
  const Listing<BuildCacheRecord>& listing = context.inventory.build_cache;
  if (context.inventory.engine.kind == EngineKind::podman) return;  // its cache is images
  const bool on = context.policy.docker.build_cache;
  if (on && listing.unsupported) return plan_unlisted(context, plan);
  const std::string missing = missing_lists(context, ObjectKind::build_cache);
  if (on && !missing.empty()) plan.incomplete.push_back({ObjectKind::build_cache, missing});
  const std::vector<const BuildCacheRecord*> records = sorted_records(context.inventory);
  Sweep sweep{.records = records.size()};
  std::vector<Verdict> verdicts;
  for (const BuildCacheRecord* record : records) {
    Decision decision = !on               ? kind_is_off(ObjectKind::build_cache)
                        : missing.empty() ? judge_record(context, *record)
                                          : Decision{Reason::unknown_state, {}, missing};
    if (decision.reason == Reason::unused_too_long) {
      ++sweep.going;
      sweep.bytes = add_bytes(sweep.bytes, record->size_bytes.value_or(0));
    }
    verdicts.push_back(record_verdict(*record, std::move(decision)));
  }
  if (sweep.going > 0) {
    add_sweep(context, plan, plan.verdicts.size());
    plan.verdicts.push_back(sweep_verdict(context, sweep));
  }
  std::ranges::move(verdicts, std::back_inserter(plan.verdicts));
}

}  // namespace caretaker
