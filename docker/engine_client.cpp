// SPDX-License-Identifier: MIT
#include "docker/engine_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "docker/conversation.h"
#include "docker/json_answers.h"
#include "docker/json_objects.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

constexpr ApiVersion api_shared_size{1, 42};
constexpr ApiVersion api_disk_usage_by_type{1, 42};
constexpr ApiVersion api_disk_usage_items{1, 52};
constexpr JsonSplitter::Limits list_limits{.object_bytes = element_bytes_max, .objects = elements_max};
constexpr std::string_view image_marks = "/:@";
constexpr const char* podman_header = "libpod-api-version";
constexpr std::string_view digest_words = "Digest: ";
constexpr std::string_view event_types = R"({"type":["container","image","volume","network"])";
// Health checks (exec_*) are most of what Docker tells, and push what matters out of its small ring.
constexpr std::string_view event_actions =
    R"(,"event":["create","start","die","destroy","pull","tag","untag","delete","load","import",)"
    R"("mount","unmount","connect","disconnect","prune"])";

using Parameters = std::vector<std::pair<std::string, std::string>>;

// "5.2.0" of "5.2.0-dev".
std::string version_digits(std::string_view text) {
  return std::string(text.substr(0, text.find_first_not_of("0123456789.")));
}

// The last words of a pull are kept, and its first error.
Result<> take_pull_step(std::string_view object, Pulled& pulled, std::string& failure) {
  Result<PullStep> step = parse_pull_step(object);
  if (!step) return std::unexpected(std::move(step.error()));
  if (failure.empty()) failure = std::move(step->error);
  if (step->status.starts_with(digest_words)) pulled.digest = step->status.substr(digest_words.size());
  if (step->object.empty() && !step->status.empty()) pulled.status = std::move(step->status);
  return {};
}

}  // namespace

class EngineClient::Impl {
 public:
  explicit Impl(EngineClientOptions given)
      : options(std::move(given)), conversation(options.socket, options.connect_timeout) {}

  EngineClientOptions options;
  Conversation conversation;
  bool negotiated = false;
  EngineVersion version;
  std::string libpod_version;  // of Podman: "4.3.1"

  [[nodiscard]] bool podman() const { return version.kind == EngineKind::podman; }
  [[nodiscard]] bool has_libpod() const { return podman() && !libpod_version.empty(); }

  [[nodiscard]] Question question(std::string target) const {
    return {.request = {.method = "GET",
                        .target = std::move(target),
                        .registry_auth = {},
                        .inactivity_timeout = options.inactivity_timeout,
                        .answer_bytes = answer_bytes_max},
            .limits = list_limits};
  }

  [[nodiscard]] Question get(const std::string& path, const Parameters& parameters = {}) const {
    return question("/v" + to_string(version.api) + path + to_query(parameters));
  }

  [[nodiscard]] Question get_libpod(const std::string& path) const {
    return question("/v" + libpod_version + "/libpod" + path);
  }

  // `path`: {} stands for the name.
  [[nodiscard]] static std::string named(std::string path, const std::string& name) {
    return path.replace(path.find("{}"), 2, percent_encode(name, image_marks));
  }

  [[nodiscard]] static Question about_one(Question asked) {
    asked.one_object = true;
    return asked;
  }

  [[nodiscard]] Question get_one(std::string path, const std::string& name) const {
    return about_one(get(named(std::move(path), name)));
  }

  [[nodiscard]] Question change(const char* method, const std::string& path,
                                const Parameters& parameters = {}) const {
    Question asked = get(path, parameters);
    asked.request.method = method;
    asked.request.inactivity_timeout = options.removal_inactivity_timeout;
    return asked;
  }

  [[nodiscard]] Question removal(std::string path, const std::string& name,
                                 const Parameters& parameters = {}) const {
    return about_one(change("DELETE", named(std::move(path), name), parameters));
  }

  // libpod tells whether volumes are anonymous. A Podman without it answers `unsupported`.
  template <class Answer>
  [[nodiscard]] static bool is_final(const Answer& answer) {
    return answer || answer.error().problem != EngineProblem::unsupported;
  }

  // What every call but negotiate() begins with.
  [[nodiscard]] EngineResult<void> ready() const {
    if (negotiated) return {};
    return std::unexpected(
        engine_error(EngineProblem::unreachable, options.socket, "nobody has answered there yet"));
  }

  [[nodiscard]] EngineResult<void> docker_only(const char* what) const {
    if (EngineResult<void> result = ready(); !result) return result;
    if (!podman()) return {};
    return std::unexpected(engine_error(EngineProblem::unsupported, what, "Podman does not have it"));
  }

  template <class Parse>
  auto list(const Question& asked, const std::stop_token& stop, const Parse& parse)
      -> decltype(conversation.list(asked, stop, parse)) {
    if (auto checked = ready(); !checked) return std::unexpected(std::move(checked.error()));
    return conversation.list(asked, stop, parse);
  }

  template <class Parse>
  auto document(const Question& asked, const std::stop_token& stop, const Parse& parse)
      -> decltype(conversation.document(asked, stop, parse)) {
    if (auto checked = ready(); !checked) return std::unexpected(std::move(checked.error()));
    return conversation.document(asked, stop, parse);
  }

  EngineResult<Removed> remove(const Question& asked, const std::stop_token& stop) {
    if (auto checked = ready(); !checked) return std::unexpected(std::move(checked.error()));
    const auto answer = conversation.status(asked, stop);
    if (!answer) return std::unexpected(answer.error());
    return Removed{.http_status = answer->status, .untagged = {}, .deleted = {}};
  }

  EngineResult<EngineVersion> negotiate(const std::stop_token& stop);
};

EngineResult<EngineVersion> EngineClient::Impl::negotiate(const std::stop_token& stop) {
  negotiated = false;
  const auto ping = conversation.status(question("/_ping"), stop);
  if (!ping) return std::unexpected(ping.error());
  const auto answer = conversation.document(question("/version"), stop, parse_version_answer);
  if (!answer) return std::unexpected(answer.error());
  const auto libpod = ping->headers.find(podman_header);
  libpod_version = libpod == ping->headers.end() ? std::string() : version_digits(libpod->second);
  const bool is_podman = answer->kind == EngineKind::podman || !libpod_version.empty();
  if (answer->api_max < api_version_min || answer->api_min > api_version_max) {
    const std::string said =
        fmt::format("the engine speaks API {} to {}, we speak {} to {}", to_string(answer->api_min),
                    to_string(answer->api_max), to_string(api_version_min), to_string(api_version_max));
    return std::unexpected(engine_error(EngineProblem::unsupported, options.socket, said));
  }
  version = {.kind = is_podman ? EngineKind::podman : EngineKind::docker,
             .version = answer->version,
             .api = std::min(answer->api_max, api_version_max)};
  negotiated = true;
  return version;
}

EngineClient::EngineClient(EngineClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

EngineClient::~EngineClient() = default;

EngineResult<EngineVersion> EngineClient::negotiate(const std::stop_token& stop) {
  return impl_->negotiate(stop);
}

const EngineVersion& EngineClient::version() const {
  return impl_->version;
}

EngineResult<EngineInfo> EngineClient::info(const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->document(impl_->get("/info"), stop,
                         [kind](std::string_view text) { return parse_info(text, kind); });
}

EngineResult<std::vector<Image>> EngineClient::images(const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  Parameters parameters{{"all", "0"}};
  if (kind == EngineKind::docker && impl_->version.api >= api_shared_size) {
    parameters.emplace_back("shared-size", "1");
  }
  return impl_->list(impl_->get("/images/json", parameters), stop,
                     [kind](std::string_view text) { return parse_listed_image(text, kind); });
}

EngineResult<std::vector<Container>> EngineClient::containers(const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->list(impl_->get("/containers/json", {{"all", "1"}}), stop,
                     [kind](std::string_view text) { return parse_listed_container(text, kind); });
}

EngineResult<std::vector<Volume>> EngineClient::volumes(const std::stop_token& stop) {
  if (impl_->has_libpod()) {
    auto volumes = impl_->list(impl_->get_libpod("/volumes/json"), stop, parse_libpod_volume);
    if (Impl::is_final(volumes)) return volumes;
  }
  Question asked = impl_->get("/volumes");
  asked.paths = {{"Volumes"}};
  const EngineKind kind = impl_->version.kind;
  return impl_->list(asked, stop, [kind](std::string_view text) { return parse_volume(text, kind); });
}

EngineResult<std::vector<Network>> EngineClient::networks(const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->list(impl_->get("/networks"), stop,
                     [kind](std::string_view text) { return parse_listed_network(text, kind); });
}

EngineResult<Image> EngineClient::image(const std::string& name, const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->document(impl_->get_one("/images/{}/json", name), stop,
                         [kind](std::string_view text) { return parse_shown_image(text, kind); });
}

EngineResult<Container> EngineClient::container(const std::string& id, const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->document(impl_->get_one("/containers/{}/json", id), stop,
                         [kind](std::string_view text) { return parse_shown_container(text, kind); });
}

EngineResult<Volume> EngineClient::volume(const std::string& name, const std::stop_token& stop) {
  if (impl_->has_libpod()) {
    const Question asked = Impl::about_one(impl_->get_libpod(Impl::named("/volumes/{}/json", name)));
    auto volume = impl_->document(asked, stop, parse_libpod_volume);
    if (Impl::is_final(volume)) return volume;
  }
  const EngineKind kind = impl_->version.kind;
  return impl_->document(impl_->get_one("/volumes/{}", name), stop,
                         [kind](std::string_view text) { return parse_volume(text, kind); });
}

EngineResult<Network> EngineClient::network(const std::string& id, const std::stop_token& stop) {
  const EngineKind kind = impl_->version.kind;
  return impl_->document(impl_->get_one("/networks/{}", id), stop,
                         [kind](std::string_view text) { return parse_shown_network(text, kind); });
}

EngineResult<Removed> EngineClient::remove_image(const std::string& name, const std::stop_token& stop) {
  if (auto ready = impl_->ready(); !ready) return std::unexpected(std::move(ready.error()));
  Removed removed;
  JsonSplitter splitter = JsonSplitter::array(
      {{}}, list_limits, [&](std::string_view object) { return parse_removed(object, removed); });
  const Question asked = impl_->removal("/images/{}", name, {{"noprune", "1"}});
  const auto answer = impl_->conversation.stream(asked, splitter, stop);
  if (!answer) return std::unexpected(answer.error());
  removed.http_status = answer->status;
  return removed;
}

EngineResult<Removed> EngineClient::remove_container(const std::string& id, const std::stop_token& stop) {
  return impl_->remove(impl_->removal("/containers/{}", id, {{"v", "0"}}), stop);
}

EngineResult<Removed> EngineClient::remove_volume(const std::string& name, const std::stop_token& stop) {
  return impl_->remove(impl_->removal("/volumes/{}", name), stop);
}

EngineResult<Removed> EngineClient::remove_network(const std::string& id, const std::stop_token& stop) {
  return impl_->remove(impl_->removal("/networks/{}", id), stop);
}

EngineResult<std::vector<BuildCacheRecord>> EngineClient::build_cache(const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("build cache"); !docker) return std::unexpected(docker.error());
  const ApiVersion api = impl_->version.api;
  if (api < api_disk_usage_by_type) {
    return std::unexpected(
        engine_error(EngineProblem::unsupported, "build cache",
                     "before API 1.42 it is told only along with the size of all volumes"));
  }
  Parameters parameters{{"type", "build-cache"}};
  if (api >= api_disk_usage_items) parameters.emplace_back("verbose", "1");
  Question asked = impl_->get("/system/df", parameters);
  asked.paths = {{"BuildCache"}, {"BuildCacheUsage", "Items"}};
  asked.list_required = false;  // an empty one is left out since API 1.52
  auto records = impl_->list(asked, stop, parse_build_cache_record);
  if (!records) return records;
  std::ranges::sort(*records, {}, &BuildCacheRecord::id);
  const auto repeated = std::ranges::unique(*records, {}, &BuildCacheRecord::id);
  records->erase(repeated.begin(), repeated.end());  // told in the old and in the new shape
  return records;
}

EngineResult<std::vector<std::string>> EngineClient::service_images(const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("services"); !docker) return std::unexpected(docker.error());
  auto services = impl_->list(impl_->get("/services"), stop, parse_service_images);
  if (!services) return std::unexpected(std::move(services.error()));
  std::vector<std::string> images;
  for (std::vector<std::string>& of_service : *services) {
    std::ranges::move(of_service, std::back_inserter(images));
  }
  std::ranges::sort(images);
  const auto repeated = std::ranges::unique(images);
  images.erase(repeated.begin(), repeated.end());
  return images;
}

EngineResult<BuildPruned> EngineClient::prune_build_cache(const BuildPruneBounds& bounds,
                                                          const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("build cache"); !docker) return std::unexpected(docker.error());
  // A part of a second counts as a whole one: never younger than asked for. Without any bound the rules of
  // requests refuse it.
  const std::int64_t seconds =
      bounds.unused_for_ms / ms_per_s + (bounds.unused_for_ms % ms_per_s > 0 ? 1 : 0);
  const Question asked =
      impl_->change("POST", "/build/prune", {{"filters", fmt::format(R"({{"until":["{}s"]}})", seconds)}});
  return impl_->conversation.document(asked, stop, parse_build_pruned);
}

EngineResult<Pulled> EngineClient::pull(const ImageReference& reference, const std::string& registry_auth,
                                        const std::stop_token& stop) {
  if (auto ready = impl_->ready(); !ready) return std::unexpected(std::move(ready.error()));
  Question asked = impl_->change("POST", "/images/create",
                                 {{"fromImage", reference.repository},
                                  {"tag", reference.digest.empty() ? reference.tag : reference.digest}});
  asked.one_object = true;
  asked.request.registry_auth = registry_auth;
  asked.request.answer_bytes = 0;  // progress of hours is much, and nothing of it is kept
  Pulled pulled;
  std::string failure;
  JsonSplitter splitter = JsonSplitter::sequence(
      {.object_bytes = event_bytes_max, .objects = 0},
      [&](std::string_view object) { return take_pull_step(object, pulled, failure); });
  const auto answer = impl_->conversation.stream(asked, splitter, stop);
  if (!answer) return std::unexpected(answer.error());
  const std::string name = request_name(asked.request);
  if (!failure.empty()) {
    return std::unexpected(engine_error(EngineProblem::failed, name, failure, answer->status));
  }
  if (splitter.objects() == 0) {
    return std::unexpected(engine_error(EngineProblem::garbage, name, "an empty answer", answer->status));
  }
  return pulled;
}

EngineError EngineClient::events(std::int64_t since_ns, const std::function<void()>& on_connected,
                                 const std::function<void(const EngineEvent&)>& on_event,
                                 const std::stop_token& stop) {
  if (auto ready = impl_->ready(); !ready) return std::move(ready.error());
  Parameters parameters;
  if (since_ns > 0) {
    parameters.emplace_back("since", fmt::format("{}.{:09}", since_ns / ns_per_s, since_ns % ns_per_s));
  }
  // Podman has other words for some actions, and no ring that could overflow.
  std::string filters(event_types);
  if (!impl_->podman()) filters += event_actions;
  parameters.emplace_back("filters", filters + '}');
  Question asked = impl_->get("/events", parameters);
  asked.request.endless = true;  // an idle engine is silent
  asked.request.answer_bytes = 0;
  JsonSplitter splitter =
      JsonSplitter::sequence({.object_bytes = event_bytes_max, .objects = 0}, [&](std::string_view object) {
        Result<EngineEvent> event = parse_event(object);
        if (event) on_event(*event);
        return event ? Result<>() : std::unexpected(std::move(event.error()));
      });
  auto answer = impl_->conversation.stream(asked, splitter, stop, on_connected);
  if (!answer) return std::move(answer.error());
  return engine_error(EngineProblem::unreachable, request_name(asked.request), "the engine ended the stream",
                      answer->status);
}

}  // namespace caretaker
