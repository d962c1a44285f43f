// SPDX-License-Identifier: MIT
#include "docker/json_answers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "docker/json_fields.h"
#include "docker/json_objects.h"

namespace caretaker {
namespace {

using nlohmann::json;

constexpr std::string_view containerd_root_usual = "/var/lib/containerd";
constexpr std::string_view containerd_of_dockerd = "/docker/containerd/containerd.sock";

// The containerd image store names its kind of driver in DriverStatus.
bool has_containerd_store(JsonFields& fields) {
  const json* rows = fields.array("DriverStatus");
  if (rows == nullptr) return false;
  for (const json& row : *rows) {
    if (!row.is_array() || row.size() != 2 || !row[0].is_string() || !row[1].is_string()) continue;
    if (row[0] == "driver-type" && row[1].get_ref<const std::string&>().starts_with("io.containerd.")) {
      return true;
    }
  }
  return false;
}

// Where containerd keeps what it unpacks: below dockerd's root when dockerd started it, else in its own
// place.
std::string containerd_root(JsonFields& fields, const std::string& docker_root) {
  if (const json* containerd = fields.object("Containerd")) {
    JsonFields containerd_fields(*containerd, "Containerd");
    const std::string address = containerd_fields.text("Address");
    fields.merge(containerd_fields);
    if (address.ends_with(containerd_of_dockerd) && !docker_root.empty()) {
      return docker_root + "/containerd/daemon";
    }
  }
  return std::string(containerd_root_usual);
}

// The image of one service specification, if it is about containers.
void add_spec_image(JsonFields& service, const char* key, std::vector<std::string>& images) {
  const json* spec = service.object(key);
  if (spec == nullptr) return;
  JsonFields spec_fields(*spec, key);
  if (const json* task = spec_fields.object("TaskTemplate")) {
    JsonFields task_fields(*task, "TaskTemplate");
    if (const json* container = task_fields.object("ContainerSpec")) {
      JsonFields container_fields(*container, "ContainerSpec");
      std::string image = container_fields.text("Image");
      if (!image.empty()) images.push_back(std::move(image));
      task_fields.merge(container_fields);
    }
    spec_fields.merge(task_fields);
  }
  service.merge(spec_fields);
}

std::vector<std::string> component_names(JsonFields& fields) {
  std::vector<std::string> names;
  const json* components = fields.array("Components");
  if (components == nullptr) return names;
  for (const json& element : *components) {
    if (!element.is_object()) continue;
    JsonFields component(element, "component");
    names.push_back(component.text("Name"));
  }
  return names;
}

}  // namespace

Result<ApiVersion> parse_api_version(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() == 2) {
    const auto major = parse_number<unsigned short>(parts[0]);
    const auto minor = parse_number<unsigned short>(parts[1]);
    if (major && minor) return ApiVersion{.major = *major, .minor = *minor};
  }
  return fail("not an API version");
}

Result<VersionAnswer> parse_version_answer(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "version");
  VersionAnswer answer;
  answer.version = fields.text("Version");
  const Result<ApiVersion> api_max = parse_api_version(fields.needed_text("ApiVersion"));
  if (!api_max) fields.mistake("ApiVersion is " + api_max.error().message);
  answer.api_max = api_max.value_or(ApiVersion{});
  const std::string min_text = fields.text("MinAPIVersion");
  const Result<ApiVersion> api_min = parse_api_version(min_text.empty() ? "1.0" : min_text);
  if (!api_min) fields.mistake("MinAPIVersion is " + api_min.error().message);
  answer.api_min = api_min.value_or(ApiVersion{});
  const std::vector<std::string> names = component_names(fields);
  const bool podman = std::ranges::any_of(names, [](const auto& name) { return name == "Podman Engine"; });
  answer.kind = podman ? EngineKind::podman : EngineKind::docker;
  return fields.finish(std::move(answer));
}

Result<EngineInfo> parse_info(std::string_view json_text, EngineKind kind) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "info");
  EngineInfo info;
  info.driver = fields.text("Driver");
  const std::string root = fields.text("DockerRootDir");
  if (kind == EngineKind::podman) {
    info.store = ImageStore::podman;  // its ID is another one at every question
  } else {
    info.id = fields.text("ID");

    if (has_containerd_store(fields)) {
      info.store = ImageStore::containerd;
      info.storage_paths.push_back(containerd_root(fields, root));
    }
  }
  if (!root.empty()) info.storage_paths.push_back(root);
  if (const json* swarm = fields.object("Swarm")) {
    JsonFields swarm_fields(*swarm, "Swarm");
    info.swarm_manager = swarm_fields.flag("ControlAvailable", false);
    fields.merge(swarm_fields);
  }
  return fields.finish(std::move(info));
}

Result<std::vector<std::string>> parse_service_images(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "service");
  std::vector<std::string> images;
  add_spec_image(fields, "Spec", images);
  add_spec_image(fields, "PreviousSpec", images);
  return fields.finish(std::move(images));
}

Result<> parse_removed(std::string_view json_text, Removed& removed) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "answer");
  std::string untagged = fields.text("Untagged");
  std::string deleted = fields.text("Deleted");
  if (!untagged.empty()) removed.untagged.push_back(std::move(untagged));
  // Podman's ids are bare.
  std::string id = canonical_image_id(deleted);
  if (!deleted.empty()) removed.deleted.push_back(id.empty() ? std::move(deleted) : std::move(id));
  if (const Result<bool> checked = fields.finish(true); !checked) return std::unexpected(checked.error());
  return {};
}

Result<BuildPruned> parse_build_pruned(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "answer");
  BuildPruned pruned;
  pruned.deleted = fields.texts("CachesDeleted");
  pruned.reclaimed_bytes = fields.amount("SpaceReclaimed").value_or(0);
  return fields.finish(std::move(pruned));
}

Result<PullStep> parse_pull_step(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "pull");
  PullStep step;
  step.status = fields.text("status");
  step.object = fields.text("id");
  if (const json* detail = fields.object("errorDetail")) {
    JsonFields detail_fields(*detail, "errorDetail");
    step.error = detail_fields.text("message");
    fields.merge(detail_fields);
    if (step.error.empty()) step.error = "unknown error";
  }
  if (step.error.empty()) step.error = fields.text("error");
  return fields.finish(std::move(step));
}

Result<EngineEvent> parse_event(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "event");
  EngineEvent event;
  event.type = fields.needed_text("Type");
  event.action = fields.text("Action");
  if (const std::size_t tail = event.action.find(':'); tail != std::string::npos) event.action.resize(tail);
  if (event.action == "remove")
    event.action = event.type == "image" ? "delete" : "destroy";  // Podman's words
  if (event.action == "died") event.action = "die";
  event.time_ns = fields.number("timeNano").value_or(0);
  if (event.time_ns == 0) {
    const std::int64_t ms = fields.seconds_as_ms("time");
    event.time_ns = ms > INT64_MAX / ns_per_ms || ms < INT64_MIN / ns_per_ms ? 0 : ms * ns_per_ms;
  }
  if (const json* actor = fields.object("Actor")) {
    JsonFields actor_fields(*actor, "Actor");
    event.actor_id = actor_fields.text("ID");
    event.attributes = actor_fields.labels("Attributes");
    // Podman names what was pulled, and volumes, only there.
    const auto name = event.attributes.find("name");
    if (event.actor_id.empty() && name != event.attributes.end()) event.actor_id = name->second;
    // Its images have bare ids.
    const std::string image_id = event.type == "image" ? canonical_image_id(event.actor_id) : std::string();
    if (!image_id.empty()) event.actor_id = image_id;
    fields.merge(actor_fields);
  }
  return fields.finish(std::move(event));
}

ErrorBody parse_error_body(std::string_view body) {
  const Result<json> object = parse_json_object(body);
  if (object) {
    JsonFields fields(*object, "error");
    std::string message = fields.text("message");
    if (!message.empty()) return {.message = std::move(message), .from_engine = true};
  }
  return {.message = std::string(trim(body)), .from_engine = false};
}

}  // namespace caretaker
