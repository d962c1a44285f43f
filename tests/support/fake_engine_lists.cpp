// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/fake_engine_api.h"

// What the engine tells about its objects.
namespace caretaker::fake {
namespace {

using nlohmann::json;

// A JSON array of many elements, made into text one by one.
class ArrayText {
 public:
  void add(const json& element) {
    text_ += text_.empty() ? '[' : ',';
    text_ += to_text(element);
  }
  [[nodiscard]] std::string take() { return text_.empty() ? "[]" : std::move(text_) + ']'; }

 private:
  std::string text_;
};

Answer ok(std::string body) {
  return {.status = 200, .body = std::move(body) + '\n'};
}

std::optional<bool> dangling_filter(const HttpRequest& request) {
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  if (!filters || !filters->contains("dangling")) return std::nullopt;
  const std::vector<std::string>& values = filters->at("dangling");
  return values.size() == 1 && (values[0] == "true" || values[0] == "1");
}

std::map<std::string, std::uint32_t> containers_by_image(const Model& model) {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& [id, container] : model.containers) ++counts[container.image_id];
  return counts;
}

std::string cache_text(const Model& model) {
  ArrayText text;
  for (const auto& [id, record] : model.cache) text.add(build_cache_object(record));
  return text.take();
}

// {"ActiveCount", ...}: what is zero is left out.
std::string cache_usage_text(const Model& model, bool verbose) {
  std::uint64_t active = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t reclaimable_bytes = 0;
  for (const auto& [id, record] : model.cache) {
    const std::uint64_t size = record.size_bytes.value_or(0);
    active += record.in_use ? 1 : 0;
    total_bytes += size;
    if (!record.in_use && !record.shared) reclaimable_bytes += size;
  }
  json usage = json::object();
  if (active > 0) usage["ActiveCount"] = active;
  if (!model.cache.empty()) usage["TotalCount"] = model.cache.size();
  if (reclaimable_bytes > 0) usage["Reclaimable"] = reclaimable_bytes;
  if (total_bytes > 0) usage["TotalSize"] = total_bytes;
  if (verbose && !model.cache.empty()) usage["Items"] = json::parse(cache_text(model));
  return to_text(usage);
}

// The last part of "docker.io/library/nginx:1.25", which is all that Podman's df has.
json tag_part(const std::string& reference) {
  const std::string repository = repository_of(reference);
  return reference.size() > repository.size() ? reference.substr(repository.size() + 1) : "";
}

}  // namespace

Answer Api::list_images(const HttpRequest& request, const std::string& /*name*/) {
  if (auto refused = refuse_filters(request, "dangling")) return std::move(*refused);
  const std::optional<bool> dangling = dangling_filter(request);
  const Dialect shape = dialect(request);
  const bool shared = request.flag("shared-size") && (shape.podman() || shape.since(42));
  const std::scoped_lock lock(mutex_);
  const std::map<std::string, std::uint32_t> counts = containers_by_image(model_);
  std::map<std::string, bool> parents;
  for (const auto& [id, image] : model_.images) parents[image.parent_id] = true;
  ArrayText text;
  for (const auto& [id, image] : model_.images) {
    const bool untagged = image.tags.empty();
    if (untagged && parents.contains(id) && !request.flag("all")) continue;
    if (dangling && untagged != *dangling) continue;
    const auto count = counts.find(id);
    text.add(image_summary(image, shape, shared, count == counts.end() ? 0 : count->second));
  }
  return ok(text.take());
}

Answer Api::inspect_image(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const Image* image = model_.find_image(name);
  if (image != nullptr) return ok(to_text(image_details(*image, dialect(request))));
  if (model_.options.kind == EngineKind::podman) {
    return refusal({404, "failed to find image " + name + ": " + name + ": no such image", "no such image"});
  }
  const bool is_id = name.starts_with("sha256:") || is_hex_id(name);
  return not_found("No such image: " + (is_id ? name : whole_reference(name)));
}

Answer Api::list_containers(const HttpRequest& request, const std::string& /*name*/) {
  if (auto refused = refuse_filters(request, "")) return std::move(*refused);
  const std::scoped_lock lock(mutex_);
  ArrayText text;
  for (const auto& [id, container] : model_.containers) {
    if (!is_running(container) && !request.flag("all")) continue;
    text.add(container_summary(container, model_, dialect(request)));
  }
  return ok(text.take());
}

Answer Api::inspect_container(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const Container* container = model_.find_container(name);
  if (container != nullptr) return ok(to_text(container_details(*container, model_, dialect(request))));
  if (model_.options.kind == EngineKind::podman) {
    return refusal(
        {404, "no container with name or ID \"" + name + "\" found: no such container", "no such container"});
  }
  return not_found("No such container: " + name);
}

Answer Api::list_volumes(const HttpRequest& request, const std::string& /*name*/) {
  if (auto refused = refuse_filters(request, "dangling")) return std::move(*refused);
  const std::optional<bool> dangling = dangling_filter(request);
  const std::scoped_lock lock(mutex_);
  ArrayText text;
  for (const auto& [name, volume] : model_.volumes) {
    if (dangling && model_.users_of_volume(name).empty() != *dangling) continue;
    text.add(volume_object(volume, dialect(request)));
  }
  const std::string warnings = model_.options.kind == EngineKind::podman ? "[]" : "null";
  return ok("{\"Volumes\":" + text.take() + ",\"Warnings\":" + warnings + '}');
}

Answer Api::list_libpod_volumes(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const std::scoped_lock lock(mutex_);
  ArrayText text;
  for (const auto& [name, volume] : model_.volumes) text.add(libpod_volume_object(volume));
  return ok(text.take());
}

Answer Api::inspect_libpod_volume(const HttpRequest& /*request*/, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto found = model_.volumes.find(name);
  if (found != model_.volumes.end()) return ok(to_text(libpod_volume_object(found->second)));
  return refusal({404, "no volume with name \"" + name + "\" found: no such volume", "no such volume"});
}

Answer Api::inspect_volume(const HttpRequest& request, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const auto found = model_.volumes.find(name);
  if (found != model_.volumes.end()) return ok(to_text(volume_object(found->second, dialect(request))));
  if (model_.options.kind == EngineKind::podman) {
    return refusal({404, "no volume with name \"" + name + "\" found: no such volume", "no such volume"});
  }
  return not_found("get " + name + ": no such volume");
}

Answer Api::list_networks(const HttpRequest& request, const std::string& /*name*/) {
  if (auto refused = refuse_filters(request, "")) return std::move(*refused);
  const std::scoped_lock lock(mutex_);
  ArrayText text;
  for (const auto& [id, network] : model_.networks) text.add(network_object(network, {}, false));
  return ok(text.take());
}

Answer Api::inspect_network(const HttpRequest& /*request*/, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  const Network* network = model_.find_network(name);
  if (network != nullptr) return ok(to_text(network_object(*network, model_.endpoints(*network), true)));
  if (model_.options.kind == EngineKind::podman) {
    return refusal(
        {404, "unable to find network with name or ID " + name + ": network not found", "network not found"});
  }
  return not_found("network " + name + " not found");
}

Answer Api::disk_usage(const HttpRequest& request, const std::string& /*name*/) {
  const Dialect shape = dialect(request);
  std::vector<std::string> types;
  for (const auto& [key, value] : request.query) {
    if (key == "type" && !shape.podman() && shape.since(42)) types.push_back(value);
  }
  const auto wanted = [&](std::string_view type) {
    return types.empty() || std::ranges::find(types, type) != types.end();
  };
  const std::scoped_lock lock(mutex_);
  ArrayText images;
  ArrayText containers;
  ArrayText volumes;
  for (const auto& [id, image] : model_.images) {
    json object = image_summary(image, shape, true, 0);
    if (shape.podman() && !image.tags.empty())
      object["RepoTags"] = json::array({tag_part(image.tags.front())});
    if (wanted("image")) images.add(object);
  }
  for (const auto& [id, container] : model_.containers) {
    json object = container_summary(container, model_, shape);
    object["SizeRw"] = 0;
    if (shape.podman()) {
      object["ImageID"] = container.image;
      object.erase("Labels");
    }
    if (wanted("container")) containers.add(object);
  }
  for (const auto& [name, volume] : model_.volumes) {
    json object = volume_object(volume, shape);
    object["UsageData"] = {{"RefCount", model_.users_of_volume(name).size()}, {"Size", 0}};
    if (wanted("volume")) volumes.add(object);
  }
  const bool usage = !shape.podman() && shape.since(52);
  const bool verbose = request.flag("verbose");
  std::string body = "{";
  if (usage && wanted("build-cache")) {
    body += "\"BuildCacheUsage\":" + cache_usage_text(model_, verbose);
    if (verbose) return ok(body + '}');
    body += ',';
  }
  body += "\"LayersSize\":0,\"Images\":" + (wanted("image") ? images.take() : "null");
  body += ",\"Containers\":" + (wanted("container") ? containers.take() : "null");
  body += ",\"Volumes\":" + (wanted("volume") ? volumes.take() : "null");
  const std::string cache = shape.podman() ? "[]" : cache_text(model_);
  return ok(body + ",\"BuildCache\":" + (wanted("build-cache") ? cache : "null") + '}');
}

Answer Api::list_services(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const std::scoped_lock lock(mutex_);
  if (model_.options.kind == EngineKind::podman) {
    return refusal({503, "node is not part of a swarm", "node is not part of a swarm"});
  }
  if (!model_.swarm_manager) {
    return refusal({503,
                    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
                    "connect this node to swarm and try again.",
                    ""});
  }
  ArrayText text;
  for (std::size_t i = 0; i < model_.services.size(); ++i) {
    const json container = {{"Image", model_.services[i]}};
    text.add({{"ID", "service" + std::to_string(i)},
              {"Version", {{"Index", 10 + i}}},
              {"Spec",
               {{"Name", "service" + std::to_string(i)},
                {"TaskTemplate", {{"ContainerSpec", container}, {"Runtime", "container"}}}}}});
  }
  return ok(text.take());
}

}  // namespace caretaker::fake
