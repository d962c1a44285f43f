// SPDX-License-Identifier: MIT
#include "support/fake_engine_json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

namespace caretaker::fake {
namespace {

using nlohmann::json;

constexpr std::int64_t ms_per_second = 1000;

std::int64_t seconds(std::int64_t ms) {
  const std::int64_t rest = ms % ms_per_second;
  return ms / ms_per_second - (rest < 0 ? 1 : 0);
}

json labels_or_null(const Labels& labels) {
  return labels.empty() ? json(nullptr) : json(labels);
}

json number_or(const std::optional<std::uint64_t>& number, int otherwise) {
  return number ? json(*number) : json(otherwise);
}

json mounts_of(const Container& container) {
  json mounts = json::array();
  for (const ContainerMount& mount : container.mounts) {
    const bool volume = mount.type == ContainerMount::Type::volume;
    const bool image = mount.type == ContainerMount::Type::image;
    json object = {
        {"Type", volume  ? "volume"
                 : image ? "image"
                         : "bind"},
        {"Source", volume ? "/var/lib/docker/volumes/" + mount.name + "/_data" : "/srv/" + mount.name},
        {"Destination", "/mnt/" + std::to_string(mounts.size())},
        {"Mode", ""},
        {"RW", !image},
        {"Propagation", ""}};
    if (volume || image) object["Name"] = mount.name;
    if (volume) object["Driver"] = "local";
    mounts.push_back(std::move(object));
  }
  return mounts;
}

json networks_of(const Container& container, const Model& model) {
  json networks = json::object();
  for (const std::string& word : container.networks) {
    const Network* network = model.find_network(word);
    const std::string name = network == nullptr ? word : network->name;
    networks[name] = {{"IPAMConfig", nullptr}, {"Links", nullptr},
                      {"Aliases", nullptr},    {"NetworkID", network == nullptr ? "" : network->id},
                      {"EndpointID", ""},      {"IPAddress", ""}};
  }
  return networks;
}

json container_state(const Container& container, bool podman) {
  const bool created = container.state == "created";
  const bool alive = is_running(container);
  return {{"Status", container.state},
          {"Running", alive},
          {"Paused", container.state == "paused"},
          {"Restarting", container.state == "restarting"},
          {"OOMKilled", false},
          {"Dead", container.state == "dead"},
          {"Pid", alive ? 4711 : 0},
          {"ExitCode", 0},
          {"Error", ""},
          {"StartedAt", rfc3339(created ? 0 : container.created_ms)},
          {"FinishedAt", rfc3339(container.finished_ms)},
          {podman ? "CgroupPath" : "OOMScore", podman ? json("") : json(0)}};
}

}  // namespace

std::string to_text(const json& value) {
  const std::string plain = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (plain.find_first_of("<>&") == std::string::npos) return plain;
  std::string out;
  for (const char c : plain) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string rfc3339(std::int64_t ms, bool whole_seconds) {
  if (ms == 0) return "0001-01-01T00:00:00Z";
  const std::time_t time = seconds(ms);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  std::string out = text.data();
  const std::int64_t rest = ms - seconds(ms) * ms_per_second;
  if (rest != 0 && !whole_seconds) {
    std::string decimals = std::to_string(ms_per_second + rest).substr(1);
    decimals.resize(decimals.find_last_not_of('0') + 1);
    out += '.' + decimals;
  }
  return out + 'Z';
}

json image_summary(const Image& image, const Dialect& dialect, bool shared_size, std::uint32_t containers) {
  json tags = image.tags;
  json digests = image.digests;
  const bool nothing = image.tags.empty() && image.digests.empty();
  if (dialect.podman() || !dialect.since(43)) {
    if (image.tags.empty()) tags = nullptr;
    if (image.digests.empty()) digests = nullptr;
  }
  if (!dialect.podman() && !dialect.since(43) && nothing) {
    tags = json::array({"<none>:<none>"});
    digests = json::array({"<none>@<none>"});
  }
  const bool counted = dialect.podman() || dialect.since(51);
  json object = {{"Containers", counted ? json(image.containers.value_or(containers)) : json(-1)},
                 {"Created", seconds(image.created_ms)},
                 {"Id", image.id},
                 {"Labels", labels_or_null(image.labels)},
                 {"ParentId", image.parent_id},
                 {"RepoDigests", std::move(digests)},
                 {"RepoTags", std::move(tags)},
                 {"SharedSize", shared_size ? number_or(image.shared_bytes, -1) : json(-1)},
                 {"Size", number_or(image.size_bytes, -1)}};
  if (dialect.podman()) {
    object["SharedSize"] = 0;  // it never counts
    object["Dangling"] = image.tags.empty();
  }
  if (dialect.podman() || !dialect.since(44)) object["VirtualSize"] = object["Size"];
  if (!dialect.podman() && dialect.since(48) && dialect.store == ImageStore::containerd) {
    object["Descriptor"] = {
        {"mediaType", "application/vnd.oci.image.index.v1+json"}, {"digest", image.id}, {"size", 856}};
  }
  return object;
}

json image_details(const Image& image, const Dialect& dialect) {
  const bool tagged_here = dialect.podman() ? false : image.tagged_ms != 0;
  json object = {
      {"Id", image.id},
      {"RepoTags", image.tags},
      {"RepoDigests", image.digests},
      {"Comment", ""},
      {"Created", rfc3339(image.created_ms)},
      {"Author", ""},
      {"Config",
       {{"Env", json::array({"PATH=/bin"})}, {"Cmd", nullptr}, {"Labels", labels_or_null(image.labels)}}},
      {"Architecture", "amd64"},
      {"Os", "linux"},
      {"Size", number_or(image.size_bytes, -1)},
      {"RootFS", {{"Type", "layers"}, {"Layers", json::array({image.id})}}},
      {"Metadata", {{"LastTagTime", rfc3339(tagged_here ? image.tagged_ms : 0)}}}};
  if (dialect.podman() || !dialect.since(52)) {
    object["Parent"] = image.parent_id;
    object["DockerVersion"] = "";
  }
  if (dialect.podman() || !dialect.since(44)) object["VirtualSize"] = object["Size"];
  if (dialect.podman() || dialect.store == ImageStore::graphdriver || !dialect.since(52)) {
    object["GraphDriver"] = {{"Data", nullptr}, {"Name", "overlay2"}};
  }
  return object;
}

json container_summary(const Container& container, const Model& model, const Dialect& dialect) {
  json object = {{"Id", container.id},
                 {"Names", json::array({'/' + container.name})},
                 {"Image", container.image},
                 {"ImageID", container.image_id},
                 {"Command", "sleep 1d"},
                 {"Created", seconds(container.created_ms)},
                 {"Ports", json::array()},
                 {"Labels", container.labels},
                 {"State", container.state},
                 {"Status", is_running(container) ? "Up 2 hours" : "Exited (0) 2 hours ago"},
                 {"HostConfig", {{"NetworkMode", "default"}}},
                 {"NetworkSettings", {{"Networks", networks_of(container, model)}}},
                 {"Mounts", mounts_of(container)}};
  if (dialect.podman()) object["Labels"] = labels_or_null(container.labels);
  if (!dialect.podman() && dialect.since(48) && dialect.store == ImageStore::containerd) {
    object["ImageManifestDescriptor"] = {{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                         {"digest", container.image_id},
                                         {"size", 528}};
  }
  return object;
}

json container_details(const Container& container, const Model& model, const Dialect& dialect) {
  const std::string no_policy = dialect.podman() ? "" : "no";
  return {{"Id", container.id},
          {"Created", rfc3339(container.created_ms)},
          {"Path", "sleep"},
          {"Args", json::array({"1d"})},
          {"State", container_state(container, dialect.podman())},
          {"Image", container.image_id},
          {"Name", '/' + container.name},
          {"RestartCount", 0},
          {"Driver", "overlay2"},
          {"HostConfig",
           {{"Binds", nullptr},
            {"NetworkMode", "default"},
            {"RestartPolicy",
             {{"Name", container.restarts ? "unless-stopped" : no_policy}, {"MaximumRetryCount", 0}}},
            {"AutoRemove", false}}},
          {"Mounts", mounts_of(container)},
          {"Config", {{"Image", container.image}, {"Labels", container.labels}, {"Volumes", nullptr}}},
          {"NetworkSettings", {{"Networks", networks_of(container, model)}}}};
}

json volume_object(const Volume& volume, const Dialect& dialect) {
  Labels labels = volume.labels;
  // The label is there since API 1.42 (Engine 23).
  if (!dialect.podman() && dialect.since(42) && volume.anonymous.value_or(false)) {
    labels.emplace("com.docker.volume.anonymous", "");
  }
  json options = nullptr;
  if (volume.has_options) options = {{"type", "nfs"}, {"o", "addr=127.0.0.1"}, {"device", ":/export"}};
  if (dialect.podman() && options.is_null()) options = json::object();
  return {{"CreatedAt", rfc3339(volume.created_ms, true)},
          {"Driver", volume.driver},
          {"Labels", dialect.podman() ? json(labels) : labels_or_null(labels)},
          {"Mountpoint", "/var/lib/docker/volumes/" + volume.name + "/_data"},
          {"Name", volume.name},
          {"Options", std::move(options)},
          {"Scope", "local"}};
}

json libpod_volume_object(const Volume& volume) {
  json object = volume_object(volume, {.kind = EngineKind::podman, .store = ImageStore::podman, .api = {}});
  if (is_anonymous(volume)) object["Anonymous"] = true;
  object["MountCount"] = 0;
  object["NeedsCopyUp"] = true;
  object["LockNumber"] = 1;
  return object;
}

json network_object(const Network& network, const std::vector<const Container*>& endpoints, bool details) {
  json containers = json::object();
  if (details) {
    for (const Container* container : endpoints) {
      containers[container->id] = {{"Name", container->name}, {"EndpointID", short_id(container->id)}};
    }
    while (containers.size() < network.endpoints.value_or(0)) {
      containers["ep-" + std::to_string(containers.size())] = {{"Name", ""}, {"EndpointID", ""}};
    }
  }
  return {{"Name", network.name},
          {"Id", network.id},
          {"Created", rfc3339(network.created_ms)},
          {"Scope", network.name == "ingress" ? "swarm" : "local"},
          {"Driver", network.driver},
          {"EnableIPv6", false},
          {"IPAM", {{"Driver", "default"}, {"Options", nullptr}, {"Config", json::array()}}},
          {"Internal", false},
          {"Attachable", false},
          {"Ingress", network.name == "ingress"},
          {"ConfigFrom", {{"Network", ""}}},
          {"ConfigOnly", false},
          {"Containers", std::move(containers)},
          {"Options", json::object()},
          {"Labels", network.labels}};
}

json build_cache_object(const BuildCacheRecord& record) {
  return {{"ID", record.id},
          {"Type", record.type},
          {"Description", "mount / from exec /bin/sh -c true"},
          {"InUse", record.in_use},
          {"Shared", record.shared},
          {"Size", number_or(record.size_bytes, -1)},
          {"CreatedAt", rfc3339(record.created_ms)},
          {"LastUsedAt", record.last_used_ms == 0 ? json(nullptr) : json(rfc3339(record.last_used_ms))},
          {"UsageCount", 1}};
}

json event_object(const EngineEvent& event, const Dialect& dialect) {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  json object = {{"Type", event.type},
                 {"Action", event.action},
                 {"Actor", {{"ID", event.actor_id}, {"Attributes", event.attributes}}},
                 {"scope", "local"},
                 {"time", event.time_ns / ns_per_second},
                 {"timeNano", event.time_ns}};
  const bool legacy = dialect.podman() || !dialect.since(52);
  if (legacy && (event.type == "container" || event.type == "image")) {
    object["status"] = event.action;
    object["id"] = event.actor_id;
    const auto image = event.attributes.find("image");
    if (image != event.attributes.end()) object["from"] = image->second;
  }
  return object;
}

}  // namespace caretaker::fake
