// SPDX-License-Identifier: MIT
#include "support/fake_engine_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace caretaker::fake {

using nlohmann::json;

struct Api::Route {
  std::string_view method;
  std::string_view path;  // {} is a name, which may have slashes in it
  Handler handler;
  enum class Who : std::uint8_t { both, docker, podman } who = Who::both;
};

std::span<const Api::Route> Api::routes() {
  using Who = Route::Who;
  // Lists come before the names that look like them.
  static const std::vector<Route> routes = {
      {"GET", "/_ping", &Api::ping},
      {"HEAD", "/_ping", &Api::ping},
      {"GET", "/version", &Api::version},
      {"GET", "/info", &Api::info},
      {"GET", "/images/json", &Api::list_images},
      {"GET", "/images/{}/json", &Api::inspect_image},
      {"GET", "/containers/json", &Api::list_containers},
      {"GET", "/containers/{}/json", &Api::inspect_container},
      {"GET", "/volumes", &Api::list_volumes},
      {"GET", "/libpod/volumes/json", &Api::list_libpod_volumes, Who::podman},
      {"GET", "/libpod/volumes/{}/json", &Api::inspect_libpod_volume, Who::podman},
      {"GET", "/volumes/{}", &Api::inspect_volume},
      {"GET", "/networks", &Api::list_networks},
      {"GET", "/networks/{}", &Api::inspect_network},
      {"GET", "/system/df", &Api::disk_usage},
      {"GET", "/services", &Api::list_services},
      {"GET", "/events", &Api::follow_events},
      {"POST", "/images/create", &Api::pull},
      {"POST", "/build/prune", &Api::prune_build_cache, Who::docker},
      {"POST", "/images/prune", &Api::prune_images},
      {"POST", "/containers/prune", &Api::prune_containers},
      {"POST", "/volumes/prune", &Api::prune_volumes},
      {"POST", "/networks/prune", &Api::prune_networks},
      {"DELETE", "/images/{}", &Api::delete_image},
      {"DELETE", "/containers/{}", &Api::delete_container},
      {"DELETE", "/volumes/{}", &Api::delete_volume},
      {"DELETE", "/networks/{}", &Api::delete_network},
  };
  return routes;
}

namespace {

// The name that stands for {} in `pattern`, "" without one, or nothing when the path does not fit.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find("{}");
  if (hole == std::string_view::npos) {
    return pattern == path ? std::optional<std::string>("") : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, hole);
  const std::string_view behind = pattern.substr(hole + 2);
  if (path.size() <= before.size() + behind.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(behind)) return std::nullopt;
  return std::string(path.substr(before.size(), path.size() - before.size() - behind.size()));
}

}  // namespace

Answer Api::answer(const HttpRequest& request) {
  std::optional<Answer> refused = refuse_version(request);
  Answer answer = refused ? std::move(*refused) : dispatch(request);
  const FakeEngineOptions& options = model_.options;
  if (options.kind == EngineKind::docker) {
    answer.headers["Api-Version"] = to_string(options.api_max);
    answer.headers["Docker-Experimental"] = "false";
    answer.headers["Ostype"] = "linux";
    answer.headers["Server"] = "Docker/" + options.version + " (linux)";
  }
  return answer;
}

Answer Api::dispatch(const HttpRequest& request) {
  using Who = Route::Who;
  const Who who = model_.options.kind == EngineKind::podman ? Who::podman : Who::docker;
  for (const Route& route : routes()) {
    if (route.method != request.method || (route.who != Who::both && route.who != who)) continue;
    const std::optional<std::string> name = match(route.path, request.path);
    if (name) return (this->*route.handler)(request, *name);
  }
  if (who == Who::podman) {
    return {.status = 404, .body = "404 page not found\n", .content_type = "text/plain; charset=utf-8"};
  }
  return not_found("page not found");
}

// Podman's server takes any version.
std::optional<Answer> Api::refuse_version(const HttpRequest& request) const {
  const FakeEngineOptions& options = model_.options;
  if (!request.api || options.kind == EngineKind::podman) return std::nullopt;
  if (*request.api < options.api_min) {
    return refusal({400,
                    "client version " + request.version_text +
                        " is too old. Minimum supported API version is " + to_string(options.api_min) +
                        ", please upgrade your client to a newer version",
                    ""});
  }
  if (*request.api > options.api_max) {
    return refusal({400,
                    "client version " + request.version_text +
                        " is too new. Maximum supported API version is " + to_string(options.api_max),
                    ""});
  }
  return std::nullopt;
}

Dialect Api::dialect(const HttpRequest& request) const {
  const FakeEngineOptions& options = model_.options;
  return {.kind = options.kind,
          .store = options.store,
          .api = std::min(request.api.value_or(options.api_max), options.api_max)};
}

Answer Api::refusal(const Refusal& refusal) const {
  json body = {{"message", refusal.message}};
  if (model_.options.kind == EngineKind::podman) {
    body["cause"] = refusal.cause;
    body["response"] = refusal.status;
  }
  return {.status = refusal.status, .body = to_text(body) + '\n'};
}

Answer Api::not_found(const std::string& message) const {
  return refusal({404, message, message});
}

std::optional<Answer> Api::refuse_filters(const HttpRequest& request, std::string_view known) const {
  const int status = model_.options.kind == EngineKind::podman ? 500 : 400;
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  if (!filters) return refusal({status, "invalid filter", "invalid filter"});
  for (const auto& [key, values] : *filters) {
    if (key != known) return refusal({status, "invalid filter '" + key + '\'', "invalid filter"});
  }
  return std::nullopt;
}

Answer Api::ping(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const FakeEngineOptions& options = model_.options;
  Answer answer{.status = 200, .body = "OK", .content_type = "text/plain; charset=utf-8"};
  answer.headers = {{"Cache-Control", "no-cache, no-store, must-revalidate"}, {"Pragma", "no-cache"}};
  if (options.kind == EngineKind::podman) {
    answer.headers["Api-Version"] = to_string(options.api_max);
    answer.headers["Builder-Version"] = "1";
    answer.headers["Docker-Experimental"] = "true";
    answer.headers["Libpod-Api-Version"] = options.version;
    answer.headers["Libpod-Buildah-Version"] = "1.28.2";
    answer.headers["Ostype"] = "linux";
    answer.headers["Server"] = "Libpod/" + options.version + " (linux)";
  } else {
    answer.headers["Builder-Version"] = "2";
    const std::scoped_lock lock(mutex_);
    answer.headers["Swarm"] = model_.swarm_manager ? "active/manager" : "inactive";
  }
  return answer;
}

Answer Api::version(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const FakeEngineOptions& options = model_.options;
  const bool podman = options.kind == EngineKind::podman;
  json component = {{"Name", podman ? "Podman Engine" : "Engine"}, {"Version", options.version}};
  component["Details"] = {
      {podman ? "APIVersion" : "ApiVersion", podman ? options.version : to_string(options.api_max)},
      {"Arch", "amd64"},
      {"Experimental", "false"},
      {"GitCommit", ""},
      {"GoVersion", "go1.24.0"},
      {"MinAPIVersion", podman ? "4.0.0" : to_string(options.api_min)},
      {"Os", "linux"}};
  const json runtime = {{"Name", podman ? "OCI Runtime (crun)" : "runc"},
                        {"Version", "1.2.3"},
                        {"Details", {{"GitCommit", ""}}}};
  const json body = {{"Platform", {{"Name", podman ? "linux/amd64/debian-12" : "Docker Engine - Community"}}},
                     {"Components", json::array({component, runtime})},
                     {"Version", options.version},
                     {"ApiVersion", to_string(options.api_max)},
                     {"MinAPIVersion", to_string(options.api_min)},
                     {"GitCommit", ""},
                     {"GoVersion", "go1.24.0"},
                     {"Os", "linux"},
                     {"Arch", "amd64"},
                     {"KernelVersion", "6.1.0"},
                     {"BuildTime", "2026-01-01T00:00:00.000000000+00:00"}};
  return {.status = 200, .body = to_text(body) + '\n'};
}

Answer Api::info(const HttpRequest& /*request*/, const std::string& /*name*/) {
  const std::scoped_lock lock(mutex_);
  const FakeEngineOptions& options = model_.options;
  std::string driver = "overlay2";
  json status =
      json::array({json::array({"Backing Filesystem", "extfs"}), json::array({"Supports d_type", "true"})});
  if (options.store == ImageStore::containerd) {
    driver = "overlayfs";
    status = json::array({json::array({"driver-type", "io.containerd.snapshotter.v1"})});
  }
  if (options.kind == EngineKind::podman) driver = "overlay";
  const auto running =
      std::ranges::count_if(model_.containers, [](const auto& entry) { return is_running(entry.second); });
  const json body = {{"ID", "5f2c7c1e-6f0a-4a53-9f5e-0123456789ab"},
                     {"Containers", model_.containers.size()},
                     {"ContainersRunning", running},
                     {"Images", model_.images.size()},
                     {"Driver", driver},
                     {"DriverStatus", status},
                     {"DockerRootDir", options.root_dir},
                     {"ServerVersion", options.version},
                     {"OSType", "linux"},
                     {"Architecture", "x86_64"},
                     {"Swarm",
                      {{"NodeID", ""},
                       {"LocalNodeState", model_.swarm_manager ? "active" : "inactive"},
                       {"ControlAvailable", model_.swarm_manager}}},
                     {"Warnings", nullptr}};
  return {.status = 200, .body = to_text(body) + '\n'};
}

}  // namespace caretaker::fake
