// SPDX-License-Identifier: MIT
#include "docker/questions.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "docker/engine_client.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

constexpr std::string_view placeholder = "{}";
constexpr std::string_view image_marks = "/:@";
constexpr std::string_view event_types = R"({"type":["container","image","volume","network"])";
// Health checks (exec_*) are most of what Docker tells, and push what matters out of its small ring.
constexpr std::string_view event_actions =
    R"(,"event":["create","start","die","destroy","pull","tag","untag","delete","load","import",)"
    R"("mount","unmount","connect","disconnect","prune"])";

// `path` with the name in the place of its {}.
std::string named(std::string path, const std::string& name) {
  return path.replace(path.find(placeholder), placeholder.size(), percent_encode(name, image_marks));
}

// 404 means that it is gone.
Question about_one(Question question) {
  question.one_object = true;
  return question;
}

}  // namespace

void Questions::set_engine(EngineKind kind, ApiVersion api, std::string libpod_version) {
  kind_ = kind;
  api_ = api;
  libpod_version_ = std::move(libpod_version);
}

Question Questions::get(std::string target) const {
  return {.request = {.method = "GET",
                      .target = std::move(target),
                      .registry_auth = {},
                      .inactivity_timeout = inactivity_timeout_,
                      .answer_bytes = answer_bytes_max},
          .limits = {.object_bytes = element_bytes_max, .objects = elements_max}};
}

Question Questions::ask(const std::string& path, const Parameters& parameters) const {
  return get("/v" + to_string(api_) + path + to_query(parameters));
}

Question Questions::ask_about(std::string path, const std::string& name) const {
  return about_one(ask(named(std::move(path), name)));
}

Question Questions::change(const char* method, const std::string& path, const Parameters& parameters) const {
  Question question = ask(path, parameters);
  question.request.method = method;
  question.request.inactivity_timeout = change_inactivity_timeout_;
  return question;
}

Question Questions::remove(std::string path, const std::string& name, const Parameters& parameters) const {
  return about_one(change("DELETE", named(std::move(path), name), parameters));
}

// The two that come before the API version is known.
Question Questions::ping() const {
  return get("/_ping");
}

Question Questions::version() const {
  return get("/version");
}

Question Questions::info() const {
  return ask("/info");
}

Question Questions::images() const {
  Parameters parameters{{"all", "0"}};
  if (kind_ == EngineKind::docker && api_ >= api_shared_size) parameters.emplace_back("shared-size", "1");
  return ask("/images/json", parameters);
}

Question Questions::containers() const {
  return ask("/containers/json", {{"all", "1"}});
}

Question Questions::volumes() const {
  Question question = ask("/volumes");
  question.paths = {{"Volumes"}};
  return question;
}

Question Questions::libpod_volumes() const {
  return get("/v" + libpod_version_ + "/libpod/volumes/json");
}

Question Questions::networks() const {
  return ask("/networks");
}

Question Questions::services() const {
  return ask("/services");
}

Question Questions::build_cache() const {
  Parameters parameters{{"type", "build-cache"}};
  if (api_ >= api_disk_usage_items) parameters.emplace_back("verbose", "1");
  Question question = ask("/system/df", parameters);
  question.paths = {{"BuildCache"}, {"BuildCacheUsage", "Items"}};
  question.list_required = false;  // an empty one is left out since API 1.52
  return question;
}

Question Questions::events(std::int64_t since_ns) const {
  Parameters parameters;
  if (since_ns > 0) {
    parameters.emplace_back("since", fmt::format("{}.{:09}", since_ns / ns_per_s, since_ns % ns_per_s));
  }
  // Podman has other words for some actions, and no ring that could overflow.
  std::string filters(event_types);
  if (kind_ == EngineKind::docker) filters += event_actions;
  parameters.emplace_back("filters", filters + '}');
  Question question = ask("/events", parameters);
  question.request.endless = true;  // an idle engine is silent
  question.request.answer_bytes = 0;
  question.limits = {.object_bytes = event_bytes_max, .objects = 0};
  return question;
}

Question Questions::image(const std::string& name) const {
  return ask_about("/images/{}/json", name);
}

Question Questions::container(const std::string& id) const {
  return ask_about("/containers/{}/json", id);
}

Question Questions::volume(const std::string& name) const {
  return ask_about("/volumes/{}", name);
}

Question Questions::libpod_volume(const std::string& name) const {
  return about_one(get("/v" + libpod_version_ + named("/libpod/volumes/{}/json", name)));
}

Question Questions::network(const std::string& id) const {
  return ask_about("/networks/{}", id);
}

Question Questions::remove_image(const std::string& name) const {
  return remove("/images/{}", name, {{"noprune", "1"}});
}

Question Questions::remove_container(const std::string& id) const {
  return remove("/containers/{}", id, {{"v", "0"}});
}

Question Questions::remove_volume(const std::string& name) const {
  return remove("/volumes/{}", name);
}

Question Questions::remove_network(const std::string& id) const {
  return remove("/networks/{}", id);
}

Question Questions::prune_build_cache(const BuildPruneBounds& bounds) const {
  // A part of a second counts as a whole one: nothing younger than asked for. What is not a bound at all is
  // left to the rules of requests.
  const std::int64_t seconds =
      bounds.unused_for_ms / ms_per_s + (bounds.unused_for_ms % ms_per_s > 0 ? 1 : 0);
  return change("POST", "/build/prune", {{"filters", fmt::format(R"({{"until":["{}s"]}})", seconds)}});
}

Question Questions::pull(const ImageReference& reference, const std::string& registry_auth) const {
  Question question =
      about_one(change("POST", "/images/create",
                       {{"fromImage", reference.repository},
                        {"tag", reference.digest.empty() ? reference.tag : reference.digest}}));
  question.request.registry_auth = registry_auth;
  question.request.answer_bytes = 0;  // progress of hours is much, and nothing of it is kept
  question.limits = {.object_bytes = event_bytes_max, .objects = 0};
  return question;
}

}  // namespace caretaker
