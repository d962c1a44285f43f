// SPDX-License-Identifier: MIT
#include "cleanup/pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/fault_point.h"
#include "base/random_id.h"
#include "base/text.h"

namespace caretaker {
namespace {

std::string verdicts_json(const Plan& plan) {
  nlohmann::json counts = nlohmann::json::object();
  for (const auto& [reason, count] : plan.counts()) counts[to_string(reason)] = count;
  return counts.dump();
}

std::string incomplete_text(const Plan& plan) {
  std::string text;
  for (const SkippedKind& skipped : plan.incomplete) {
    text +=
        fmt::format("{}{} skipped: {}", text.empty() ? "" : "; ", to_string(skipped.kind), skipped.problem);
  }
  return text;
}

void add_note(CleanupRun& run, std::string_view note) {
  if (note.empty()) return;
  if (!run.note.empty()) run.note += "; ";
  run.note += note;
}

// Data and what may hold some: nothing of this goes unrecorded.
bool needs_record(ObjectKind kind) {
  return kind == ObjectKind::volume || kind == ObjectKind::container;
}

}  // namespace

std::int64_t CleanupPass::now_ms() const {
  return parts_.clock.now().realtime_ns / ns_per_ms;
}

// While the stream is closed nobody knows yet what is missed, nor that a gap will be found when it opens.
Observation CleanupPass::observation(bool watching) const {
  Observation observation = parts_.history.observation();
  if (!watching) observation.since_ms = now_ms();
  return observation;
}

EngineResult<CleanupReport> CleanupPass::run(const PassOrder& order, const std::stop_token& stop) {
  CleanupReport report;
  report.run.time_ms = now_ms();
  const std::uint64_t generation = parts_.watch.generation();
  const auto inventory =
      take_inventory(parts_.engine, parts_.policy.docker.containers, report.run.time_ms, stop);
  if (!inventory) return std::unexpected(inventory.error());
  const bool watching = parts_.take_in_events();
  parts_.history.reconcile(*inventory);
  report.disks = parts_.disks();
  report.run.engine = describe_engine(inventory->engine, inventory->info);
  report.plan = make_plan(
      *inventory, [this](ObjectKind kind, const std::string& id) { return parts_.history.find(kind, id); },
      parts_.policy,
      {.now_ms = now_ms(),
       .observation = observation(watching),
       .wanted_bytes = order.wanted_bytes,
       .pins = parts_.lock.pulls()});
  begin(order, report);
  parts_.store.remember(parts_.history.take_changes());
  if (!order.record) return report;
  record_plan(report);
  if (order.held.empty()) carry_out(report, *inventory, generation, stop);
  end(report, stop);
  return report;
}

void CleanupPass::begin(const PassOrder& order, CleanupReport& report) {
  CleanupRun& run = report.run;
  report.held = order.held;
  run.run_id = random_id();
  run.trigger = to_string(order.trigger);
  run.mode = order.mode;
  run.outcome = "running";
  run.wanted_bytes = order.wanted_bytes;
  run.bytes_min = report.plan.bytes_min;
  run.bytes_max = report.plan.bytes_max;
  run.planned = report.plan.actions.size();
  run.verdicts = verdicts_json(report.plan);
  if (report.disks.empty()) return;
  run.filesystem = report.disks.front().path;
  run.avail_bytes_before = report.disks.front().space.avail_bytes;
  run.files_free_before = report.disks.front().space.files_free;
}

void CleanupPass::record_plan(CleanupReport& report) {
  parts_.store.append(report.run);
  for (std::size_t index = 0; index < report.plan.actions.size(); ++index)
    record_action(report, index, nullptr);
}

void CleanupPass::record_action(const CleanupReport& report, std::size_t index,
                                const ActionOutcome* outcome) {
  const Verdict& verdict = report.plan.verdicts[report.plan.actions[index].verdict];
  CleanupAction action{.time_ms = report.run.time_ms,
                       .run_id = report.run.run_id,
                       .number = static_cast<std::int64_t>(index) + 1,
                       .kind = verdict.kind,
                       .object_id = verdict.id,
                       .names = {},
                       .reason = std::string(to_string(verdict.reason)),
                       .explanation = verdict.explanation,
                       .state = "planned",
                       .bytes_min = verdict.bytes_min,
                       .bytes_max = verdict.bytes_max,
                       .created_ms = verdict.created_ms,
                       .first_seen_ms = verdict.first_seen_ms,
                       .last_used_ms = verdict.last_used_ms};
  append_json_strings(action.names, verdict.names);
  if (outcome != nullptr) {
    action.state = to_string(outcome->state);
    action.ended_ms = outcome->ended_ms;
    action.http_status = outcome->http_status;
    action.engine_message = outcome->message;
  }
  parts_.store.append(std::move(action));
}

bool CleanupPass::room_again(const CleanupReport& report) const {
  if (report.run.wanted_bytes == 0) return false;
  const std::vector<DiskUse> disks = parts_.disks();
  const double low = parts_.policy.cleanup.pressure_low;
  return std::ranges::all_of(disks, [low](const DiskUse& disk) {
    return disk.bytes_percent() <= low && disk.inodes_percent() <= low;
  });
}

void CleanupPass::carry_out(CleanupReport& report, const Inventory& inventory, std::uint64_t generation,
                            const std::stop_token& stop) {
  if (report.plan.actions.empty()) return;
  recorded_ = parts_.store.flush(plan_record_wait);
  pass(FaultPoint::cleanup_planned);
  if (!recorded_) add_note(report.run, "the plan could not be recorded on disk: volumes and containers stay");
  Executor executor({.engine = parts_.engine,
                     .lock = parts_.lock,
                     .clock = parts_.clock,
                     .generation = [this]() -> std::optional<std::uint64_t> {
                       if (!parts_.watch.connected()) return std::nullopt;
                       return parts_.watch.generation();
                     }},
                    inventory, report.plan, generation);
  std::size_t failures = 0;
  for (std::size_t index = 0; index < report.plan.actions.size(); ++index) {
    if (stop.stop_requested()) break;
    const ActionOutcome outcome = execute(executor, report, index, stop);
    record_action(report, index, &outcome);
    report.outcomes.push_back(outcome);
    failures = outcome.state == ActionState::failed ? failures + 1 : 0;
    if (failures == consecutive_failures_max) {
      gave_up_ = true;
      add_note(report.run, fmt::format("given up after {} failures in a row: {}", failures, outcome.message));
      break;
    }
  }
  parts_.desk.set_progress(std::nullopt);
  const bool all = report.outcomes.size() == report.plan.actions.size();
  stopped_ =
      !gave_up_ && stop.stop_requested() && (!all || report.outcomes.back().state == ActionState::deferred);
  if (stopped_) add_note(report.run, "stopped");
}

ActionOutcome CleanupPass::execute(Executor& executor, const CleanupReport& report, std::size_t index,
                                   const std::stop_token& stop) {
  const PlannedAction& action = report.plan.actions[index];
  const Verdict& verdict = report.plan.verdicts[action.verdict];
  parts_.desk.set_progress(
      CleanupProgress{.trigger = report.run.trigger,
                      .done = index,
                      .planned = report.plan.actions.size(),
                      .object = verdict.names.empty() ? verdict.id : verdict.names.front()});
  if (!recorded_ && needs_record(verdict.kind)) {
    return {
        .state = ActionState::deferred, .message = "its record could not be written", .ended_ms = now_ms()};
  }
  if (verdict.reason == Reason::least_recently_used && room_again(report)) {
    ++spared_;
    return {.state = ActionState::kept, .message = "there is room enough already", .ended_ms = now_ms()};
  }
  return executor.execute(action, stop);
}

// Of the whole run, once its deletions are counted.
std::string CleanupPass::outcome(const CleanupReport& report) const {
  const CleanupRun& run = report.run;
  if (run.planned == 0) return "nothing";
  if (!report.held.empty()) return run.mode == "enforce" ? "held" : "observed";
  if (gave_up_) return "failed";
  if (stopped_) return "stopped";
  return run.failed + run.kept == spared_ ? "ok" : "partial";
}

void CleanupPass::end(CleanupReport& report, const std::stop_token& stop) {
  CleanupRun& run = report.run;
  for (const ActionOutcome& outcome : report.outcomes) {
    run.reported_bytes += outcome.reported_bytes;
    switch (outcome.state) {
      case ActionState::removed:
        ++run.removed;
        break;
      case ActionState::gone:
        break;
      case ActionState::kept:
      case ActionState::deferred:
        ++run.kept;
        break;
      case ActionState::failed:
        ++run.failed;
        break;
    }
  }
  const std::vector<DiskUse> disks = parts_.disks();
  if (!disks.empty()) {
    run.avail_bytes_after = disks.front().space.avail_bytes;
    run.files_free_after = disks.front().space.files_free;
    report.disks = disks;
  }
  add_note(run, incomplete_text(report.plan));
  add_note(run, report.held);
  run.outcome = outcome(report);
  run.ended_ms = std::max(now_ms(), run.time_ms + 1);
  parts_.store.append(run);
  // Whoever asked for the run by hand reads its record at once. A daemon that stops commits it anyway.
  const bool awaited = !report.outcomes.empty() || run.trigger == to_string(Trigger::manual);
  if (awaited && !stop.stop_requested()) (void)parts_.store.flush(plan_record_wait);
  parts_.desk.set_last_run(run);
}

}  // namespace caretaker
