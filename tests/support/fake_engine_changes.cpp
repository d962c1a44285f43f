// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "support/fake_engine_api.h"

// Deletions and prunes.
namespace caretaker::fake {
namespace {

using nlohmann::json;

json list_or_null(const std::vector<std::string>& list) {
  return list.empty() ? json(nullptr) : json(list);
}

Answer pruned(const char* key, json list, std::uint64_t bytes) {
  const json body = {{key, std::move(list)}, {"SpaceReclaimed", bytes}};
  return {.status = 200, .body = to_text(body) + '\n'};
}

json records_of(const ImageRemoval& removal) {
  json records = json::array();
  for (const auto& [verb, what] : removal.records) records.push_back({{verb, what}});
  return records;
}

// Go's "168h0m0s" as far as people write it: whole hours, minutes, seconds.
std::optional<std::chrono::milliseconds> parse_go_duration(std::string_view text) {
  std::chrono::milliseconds sum{0};
  while (!text.empty()) {
    const std::size_t unit = text.find_first_not_of("0123456789.");
    if (unit == std::string_view::npos || unit == 0) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("0123456789.", unit), text.size());
    const auto part = parse_duration(text.substr(0, end));
    if (!part || text.substr(unit, end - unit) == "d") return std::nullopt;
    sum += *part;
    text.remove_prefix(end);
  }
  return sum;
}

}  // namespace

Answer Api::delete_image(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const ImageRemoval removal = model_.remove_image(name, request.flag("force"), !request.flag("noprune"));
  if (removal.refusal) return refusal(*removal.refusal);
  return {.status = 200, .body = to_text(records_of(removal)) + '\n'};
}

Answer Api::delete_container(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto refused = model_.remove_container(name, request.flag("force"), request.flag("v"));
  return refused ? refusal(*refused) : Answer{.status = 204};
}

Answer Api::delete_volume(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto refused = model_.remove_volume(name, request.flag("force"));
  return refused ? refusal(*refused) : Answer{.status = 204};
}

Answer Api::delete_network(const HttpRequest& /*request*/, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto refused = model_.remove_network(name);
  return refused ? refusal(*refused) : Answer{.status = 204};
}

Answer Api::prune_build_cache(const HttpRequest& request, const std::string& /*name*/) {
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  if (!filters) return refusal({400, "invalid filter", ""});
  std::chrono::milliseconds unused_for{0};
  for (const auto& [key, values] : *filters) {
    const bool is_age = key == "until" || key == "unused-for";
    const auto duration = is_age && values.size() == 1 ? parse_go_duration(values[0]) : std::nullopt;
    if (is_age && !duration) return refusal({400, "invalid filter '" + key + '\'', ""});
    if (!is_age && key != "id" && key != "label") return refusal({400, "invalid filter '" + key + '\'', ""});
    if (is_age) unused_for = *duration;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch() - unused_for;
  const std::int64_t before_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> deleted;
  std::uint64_t bytes = 0;
  for (const auto& [id, record] : model_.cache) {
    const bool kept_without_all =
        !request.flag("all") && (record.shared || record.type == "internal" || record.type == "frontend");
    const std::int64_t used_ms = record.last_used_ms == 0 ? record.created_ms : record.last_used_ms;
    if (record.in_use || kept_without_all || used_ms > before_ms) continue;
    deleted.push_back(id);
    bytes += record.size_bytes.value_or(0);
  }
  for (const std::string& id : deleted) model_.cache.erase(id);
  model_.raise("builder", "prune", "", {{"reclaimed", std::to_string(bytes)}});
  return pruned("CachesDeleted", list_or_null(deleted), bytes);
}

Answer Api::prune_images(const HttpRequest& request, const std::string& /*name*/) {
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  const bool all = filters && filters->contains("dangling") &&
                   filters->at("dangling") == std::vector<std::string>{"false"};
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, image] : model_.images) {
    if ((all || image.tags.empty()) && model_.users_of_image(image).empty()) ids.push_back(id);
  }
  json records = json::array();
  std::uint64_t bytes = 0;
  for (const std::string& id : ids) {
    const std::uint64_t size = model_.images.at(id).size_bytes.value_or(0);
    const ImageRemoval removal = model_.remove_image(id, true, false);
    if (removal.refusal) continue;
    bytes += size;
    for (json& record : records_of(removal)) records.push_back(std::move(record));
  }
  return pruned("ImagesDeleted", records.empty() ? json(nullptr) : std::move(records), bytes);
}

Answer Api::prune_containers(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, container] : model_.containers) {
    if (!is_running(container)) ids.push_back(id);
  }
  for (const std::string& id : ids) model_.drop_container(id);
  return pruned("ContainersDeleted", list_or_null(ids), 0);
}

Answer Api::prune_volumes(const HttpRequest& request, const std::string& /*name*/) {
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  const Dialect shape = dialect(request);
  const bool all = shape.podman() || !shape.since(42) || (filters && filters->contains("all"));
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, volume] : model_.volumes) {
    if ((all || is_anonymous(volume)) && model_.users_of_volume(name).empty()) names.push_back(name);
  }
  for (const std::string& name : names) model_.drop_volume(name);
  return pruned("VolumesDeleted", list_or_null(names), 0);
}

Answer Api::prune_networks(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, network] : model_.networks) {
    if (!is_predefined(network) && model_.endpoints(network).empty()) ids.push_back(id);
  }
  std::vector<std::string> names;
  for (const std::string& id : ids) {
    names.push_back(model_.networks.at(id).name);
    model_.drop_network(id);
  }
  const json body = {{"NetworksDeleted", list_or_null(names)}};
  return {.status = 200, .body = to_text(body) + '\n'};
}

}  // namespace caretaker::fake
