// SPDX-License-Identifier: MIT
#include "daemon/cleanup_json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "daemon/status_json.h"

namespace caretaker {
namespace {

using nlohmann::json;

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::size_t short_id_min = 6;  // shorter beginnings of ids are taken for names

// Stored as valid JSON; a hostile store must still not throw into the control server.
json parse_stored(const std::string& text, json otherwise) {
  json parsed = json::parse(text, nullptr, false);
  return parsed.is_discarded() ? std::move(otherwise) : parsed;
}

json disks_json(const std::vector<DiskUse>& disks) {
  json list = json::array();
  for (const DiskUse& disk : disks) {
    list.push_back({{"path", disk.path},
                    {"used_percent", disk.bytes_percent()},
                    {"inodes_used_percent", disk.inodes_percent()},
                    {"size_bytes", disk.space.size_bytes},
                    {"avail_bytes", disk.space.avail_bytes}});
  }
  return list;
}

// "nginx" also means every tag of nginx.
bool is_name_of(const std::string& name, const std::string& object) {
  if (name == object) return true;
  if (!name.starts_with(object)) return false;
  const std::string_view rest = std::string_view(name).substr(object.size());
  return (rest.front() == ':' || rest.front() == '@') && rest.find('/') == std::string_view::npos;
}

bool is_meant(const Verdict& verdict, const std::string& object) {
  const std::string canonical = canonical_reference(object);
  for (const std::string& name : verdict.names) {
    if (is_name_of(name, object) || name == canonical) return true;
  }
  if (verdict.id == object) return true;
  std::string_view id = verdict.id;
  if (id.starts_with(digest_prefix) && !object.starts_with(digest_prefix))
    id.remove_prefix(digest_prefix.size());
  return object.size() >= short_id_min && id.starts_with(object);
}

json verdict_json(const Verdict& verdict) {
  return {{"kind", to_string(verdict.kind)},
          {"id", verdict.id},
          {"names", verdict.names},
          {"removes", removes(verdict.reason)},
          {"reason", to_string(verdict.reason)},
          {"rule", verdict.rule},
          {"explanation", verdict.explanation},
          {"bytes_min", verdict.bytes_min},
          {"bytes_max", verdict.bytes_max},
          {"created_ms", moment(verdict.created_ms)},
          {"first_seen_ms", moment(verdict.first_seen_ms)},
          {"last_used_ms", moment(verdict.last_used_ms)}};
}

json outcome_json(const ActionOutcome& outcome) {
  return {{"state", to_string(outcome.state)},
          {"http_status", outcome.http_status},
          {"message", outcome.message},
          {"reported_bytes", outcome.reported_bytes},
          {"ended_ms", moment(outcome.ended_ms)}};
}

json actions_json(const CleanupReport& report) {
  json list = json::array();
  for (std::size_t index = 0; index < report.plan.actions.size(); ++index) {
    const PlannedAction& action = report.plan.actions[index];
    json entry = verdict_json(report.plan.verdicts[action.verdict]);
    entry["number"] = index + 1;
    entry["targets"] = action.targets;
    if (index < report.outcomes.size()) entry["outcome"] = outcome_json(report.outcomes[index]);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

json to_json(const CleanupRun& run) {
  return {{"run_id", run.run_id},
          {"time_ms", run.time_ms},
          {"trigger", run.trigger},
          {"mode", run.mode},
          {"engine", run.engine},
          {"ended_ms", moment(run.ended_ms)},
          {"outcome", run.outcome},
          {"note", run.note},
          {"filesystem", run.filesystem},
          {"avail_bytes_before", run.avail_bytes_before},
          {"avail_bytes_after", run.avail_bytes_after},
          {"files_free_before", run.files_free_before},
          {"files_free_after", run.files_free_after},
          {"wanted_bytes", run.wanted_bytes},
          {"bytes_min", run.bytes_min},
          {"bytes_max", run.bytes_max},
          {"reported_bytes", run.reported_bytes},
          {"planned", run.planned},
          {"removed", run.removed},
          {"kept", run.kept},
          {"failed", run.failed},
          {"verdicts", parse_stored(run.verdicts, json::object())}};
}

json to_json(const CleanupStatus& status) {
  json body = {{"socket", status.socket},
               {"engine", status.engine},
               {"engine_error", status.engine_error},
               {"watching", status.watching},
               {"watched_since_ms", moment(status.observation.since_ms)},
               {"event_gaps", status.event_gaps},
               {"disks", disks_json(status.disks)},
               {"pressure", status.pressure},
               {"held", status.held},
               {"next_run_ms", moment(status.next_run_ms)},
               {"would_remove", status.would_remove},
               {"progress", nullptr},
               {"last_run", nullptr}};
  if (status.progress) {
    body["progress"] = {{"trigger", status.progress->trigger},
                        {"done", status.progress->done},
                        {"planned", status.progress->planned},
                        {"object", status.progress->object}};
  }
  if (status.last_run) body["last_run"] = to_json(*status.last_run);
  return body;
}

json to_json(const StoredCleanup& cleanup) {
  json actions = json::array();
  for (const CleanupAction& action : cleanup.actions) {
    actions.push_back({{"number", action.number},
                       {"kind", to_string(action.kind)},
                       {"id", action.object_id},
                       {"names", parse_stored(action.names, json::array())},
                       {"reason", action.reason},
                       {"explanation", action.explanation},
                       {"state", action.state},
                       {"bytes_min", action.bytes_min},
                       {"bytes_max", action.bytes_max},
                       {"created_ms", moment(action.created_ms)},
                       {"first_seen_ms", moment(action.first_seen_ms)},
                       {"last_used_ms", moment(action.last_used_ms)},
                       {"ended_ms", moment(action.ended_ms)},
                       {"http_status", action.http_status},
                       {"message", action.engine_message}});
  }
  json body = to_json(cleanup.run);
  body["actions"] = std::move(actions);
  return body;
}

json to_json(const CleanupReport& report, const VerdictChoice& choice) {
  json incomplete = json::array();
  for (const SkippedKind& skipped : report.plan.incomplete) {
    incomplete.push_back({{"kind", to_string(skipped.kind)}, {"problem", skipped.problem}});
  }
  json kept = json::array();
  for (const auto& [reason, count] : report.plan.counts()) {
    if (removes(reason)) continue;
    kept.push_back({{"reason", to_string(reason)}, {"objects", count}});
  }
  json body = {
      {"run", to_json(report.run)},        {"objects", report.plan.objects()},    {"held", report.held},
      {"disks", disks_json(report.disks)}, {"incomplete", std::move(incomplete)}, {"kept", std::move(kept)},
      {"actions", actions_json(report)}};
  if (!choice.all && choice.object.empty()) return body;
  json verdicts = json::array();
  for (const Verdict& verdict : report.plan.verdicts) {
    if (choice.object.empty() || is_meant(verdict, choice.object)) verdicts.push_back(verdict_json(verdict));
  }
  body["verdicts"] = std::move(verdicts);
  return body;
}

}  // namespace caretaker
