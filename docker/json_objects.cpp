// SPDX-License-Identifier: MIT
#include "docker/json_objects.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "docker/json_fields.h"

namespace caretaker {
namespace {

using nlohmann::json;

constexpr std::size_t digest_hex_digits = 64;
constexpr std::string_view anonymous_label = "com.docker.volume.anonymous";
constexpr std::string_view none = "<none>";
constexpr std::array<std::string_view, 5> docker_networks = {"bridge", "host", "none", "ingress",
                                                             "docker_gwbridge"};
constexpr std::array<std::string_view, 4> podman_networks = {"bridge", "host", "none", "podman"};

bool is_hex64(std::string_view text) {
  return text.size() == digest_hex_digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Without the placeholders "<none>:<none>", "<none>@<none>" and "<none>@sha256:..." of API < 1.43.
std::vector<std::string> references(JsonFields& fields, const char* key) {
  std::vector<std::string> texts = fields.texts(key);
  std::erase_if(texts, [](const std::string& text) { return text.empty() || text.starts_with(none); });
  std::ranges::sort(texts);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
  return texts;
}

Image image_fields(JsonFields& fields) {
  Image image;
  image.id = canonical_image_id(fields.needed_text("Id"));
  if (image.id.empty()) fields.mistake("Id is not an image id");
  image.tags = references(fields, "RepoTags");
  image.digests = references(fields, "RepoDigests");
  image.size_bytes = fields.amount("Size");
  return image;
}

// The object's own name among those of links to it, which have two slashes.
std::string own_name(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string_view bare = std::string_view(name).substr(name.starts_with('/') ? 1 : 0);
    if (!bare.empty() && bare.find('/') == std::string_view::npos) return std::string(bare);
  }
  return {};
}

ContainerMount::Type mount_type(std::string_view type, const std::string& name) {
  if (type == "volume") return ContainerMount::Type::volume;
  if (type == "image") return ContainerMount::Type::image;
  // Before Docker 1.13 there was no type, and only volumes had names.
  return type.empty() && !name.empty() ? ContainerMount::Type::volume : ContainerMount::Type::other;
}

std::vector<ContainerMount> container_mounts(JsonFields& fields) {
  std::vector<ContainerMount> mounts;
  const json* list = fields.array("Mounts");
  if (list == nullptr) return mounts;
  for (const json& element : *list) {
    JsonFields mount(element, "mount");
    if (!element.is_object()) {
      fields.mistake("Mounts has something that is not an object");
      continue;
    }
    std::string name = mount.text("Name");
    const ContainerMount::Type type = mount_type(mount.text("Type"), name);
    if (type == ContainerMount::Type::image && name.empty()) name = mount.text("Source");
    if (type == ContainerMount::Type::volume && name.empty()) mount.mistake("a volume without a name");
    fields.merge(mount);
    mounts.push_back({.type = type, .name = std::move(name)});
  }
  return mounts;
}

std::vector<std::string> container_networks(JsonFields& fields) {
  std::vector<std::string> names;
  const json* settings = fields.object("NetworkSettings");
  if (settings == nullptr) return names;
  JsonFields settings_fields(*settings, "NetworkSettings");
  const json* networks = settings_fields.object("Networks");
  fields.merge(settings_fields);
  if (networks == nullptr) return names;
  for (const auto& [name, value] : networks->items()) {
    if (!name.empty()) names.push_back(name);
    if (value.is_null()) continue;  // a container that was never started
    if (!value.is_object()) {
      fields.mistake("Networks has something that is not an object");
      continue;
    }
    JsonFields network(value, "network of a container");
    std::string id = network.text("NetworkID");
    fields.merge(network);
    if (!id.empty() && id != name) names.push_back(std::move(id));
  }
  return names;
}

// A container that shares another's network or uses one by HostConfig only.
void add_network_mode(JsonFields& fields, std::vector<std::string>& networks) {
  const json* host = fields.object("HostConfig");
  if (host == nullptr) return;
  JsonFields host_fields(*host, "HostConfig");
  std::string mode = host_fields.text("NetworkMode");
  fields.merge(host_fields);
  if (mode.empty() || mode == "default" || mode.starts_with("container:")) return;
  if (std::ranges::find(networks, mode) == networks.end()) networks.push_back(std::move(mode));
}

// Podman may call the image by name where Docker has an id.
void set_image(Container& container, const std::string& image_id, std::string typed) {
  container.image_id = canonical_image_id(image_id);
  container.image = std::move(typed);
  if (container.image.empty()) container.image = image_id;
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

Volume volume_fields(JsonFields& fields) {
  Volume volume;
  volume.name = fields.needed_text("Name");
  volume.driver = fields.text("Driver");
  volume.created_ms = fields.timestamp_as_ms("CreatedAt");
  volume.labels = fields.labels("Labels");
  const json* options = fields.object("Options");
  const std::string scope = fields.text("Scope");
  volume.has_options = (options != nullptr && !options->empty()) || (!scope.empty() && scope != "local");
  return volume;
}

Network network_fields(JsonFields& fields, EngineKind kind) {
  Network network;
  network.id = fields.needed_text("Id");
  network.name = fields.text("Name");
  network.driver = fields.text("Driver");
  network.created_ms = fields.timestamp_as_ms("Created");
  network.labels = fields.labels("Labels");
  const bool known = kind == EngineKind::docker ? is_one_of(network.name, docker_networks)
                                                : is_one_of(network.name, podman_networks);
  network.predefined = fields.flag("Ingress", false) || known;
  return network;
}

}  // namespace

std::string canonical_image_id(std::string_view id) {
  constexpr std::string_view prefix = "sha256:";
  const std::string_view hex = id.starts_with(prefix) ? id.substr(prefix.size()) : id;
  return is_hex64(hex) ? std::string(prefix).append(hex) : std::string();
}

Result<Image> parse_listed_image(std::string_view json_text, EngineKind kind) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "image");
  Image image = image_fields(fields);
  image.parent_id = canonical_image_id(fields.text("ParentId"));
  image.created_ms = fields.seconds_as_ms("Created");
  image.labels = fields.labels("Labels");
  // Podman writes 0 without having counted.
  if (kind == EngineKind::docker) image.shared_bytes = fields.amount("SharedSize");
  if (const auto containers = fields.amount("Containers")) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    image.containers = static_cast<std::uint32_t>(std::min(*containers, most));
  }
  return fields.finish(std::move(image));
}

Result<Image> parse_shown_image(std::string_view json_text, EngineKind /*kind*/) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "image");
  Image image = image_fields(fields);
  image.parent_id = canonical_image_id(fields.text("Parent"));
  image.created_ms = fields.timestamp_as_ms("Created");
  if (const json* config = fields.object("Config")) {
    JsonFields config_fields(*config, "Config");
    image.labels = config_fields.labels("Labels");
    fields.merge(config_fields);
  }
  if (const json* metadata = fields.object("Metadata")) {
    JsonFields metadata_fields(*metadata, "Metadata");
    image.tagged_ms = metadata_fields.timestamp_as_ms("LastTagTime");
    fields.merge(metadata_fields);
  }
  return fields.finish(std::move(image));
}

Result<Container> parse_listed_container(std::string_view json_text, EngineKind /*kind*/) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "container");
  Container container;
  container.id = fields.needed_text("Id");
  container.name = own_name(fields.texts("Names"));
  set_image(container, fields.text("ImageID"), fields.text("Image"));
  container.state = fields.text("State");
  container.created_ms = fields.seconds_as_ms("Created");
  container.labels = fields.labels("Labels");
  container.mounts = container_mounts(fields);
  container.networks = container_networks(fields);
  add_network_mode(fields, container.networks);
  return fields.finish(std::move(container));
}

Result<Container> parse_shown_container(std::string_view json_text, EngineKind /*kind*/) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "container");
  Container container;
  container.id = fields.needed_text("Id");
  container.name = own_name({fields.text("Name")});
  container.created_ms = fields.timestamp_as_ms("Created");
  std::string typed;
  if (const json* config = fields.object("Config")) {
    JsonFields config_fields(*config, "Config");
    typed = config_fields.text("Image");
    container.labels = config_fields.labels("Labels");
    fields.merge(config_fields);
  }
  set_image(container, fields.text("Image"), std::move(typed));
  if (const json* state = fields.object("State")) {
    JsonFields state_fields(*state, "State");
    container.state = state_fields.text("Status");
    container.finished_ms = state_fields.timestamp_as_ms("FinishedAt");
    fields.merge(state_fields);
  }
  container.mounts = container_mounts(fields);
  container.networks = container_networks(fields);
  add_network_mode(fields, container.networks);
  if (const json* host = fields.object("HostConfig")) {
    JsonFields host_fields(*host, "HostConfig");
    if (const json* policy = host_fields.object("RestartPolicy")) {
      JsonFields policy_fields(*policy, "RestartPolicy");
      const std::string name = policy_fields.text("Name");
      container.restarts = !name.empty() && name != "no";
      host_fields.merge(policy_fields);
    }
    fields.merge(host_fields);
  }
  return fields.finish(std::move(container));
}

Result<Volume> parse_volume(std::string_view json_text, EngineKind kind) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "volume");
  Volume volume = volume_fields(fields);
  // Podman's compat API does not tell, and people may give its volumes any name.
  if (kind == EngineKind::docker) {
    volume.anonymous = volume.labels.contains(std::string(anonymous_label)) || is_hex64(volume.name);
  }
  return fields.finish(std::move(volume));
}

Result<Volume> parse_libpod_volume(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "volume");
  Volume volume = volume_fields(fields);
  volume.anonymous = fields.flag("Anonymous", false);
  return fields.finish(std::move(volume));
}

Result<Network> parse_listed_network(std::string_view json_text, EngineKind kind) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "network");
  Network network = network_fields(fields, kind);
  return fields.finish(std::move(network));
}

Result<Network> parse_shown_network(std::string_view json_text, EngineKind kind) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "network");
  Network network = network_fields(fields, kind);
  const json* containers = fields.object("Containers");
  // null is Go's empty map; without the key nothing is known.
  if (object->contains("Containers")) {
    network.endpoints = containers == nullptr ? 0 : static_cast<std::uint32_t>(containers->size());
  }
  return fields.finish(std::move(network));
}

Result<BuildCacheRecord> parse_build_cache_record(std::string_view json_text) {
  const Result<json> object = parse_json_object(json_text);
  if (!object) return std::unexpected(object.error());
  JsonFields fields(*object, "build cache record");
  BuildCacheRecord record;
  record.id = fields.needed_text("ID");
  record.type = fields.text("Type");
  record.size_bytes = fields.amount("Size");
  record.in_use = fields.flag("InUse", true);
  record.shared = fields.flag("Shared", false);
  record.created_ms = fields.timestamp_as_ms("CreatedAt");
  record.last_used_ms = fields.timestamp_as_ms("LastUsedAt");
  return fields.finish(std::move(record));
}

}  // namespace caretaker
