// SPDX-License-Identifier: MIT
#include "docker/engine_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "docker/conversation.h"
#include "docker/engine_socket.h"
#include "docker/json_answers.h"
#include "docker/json_objects.h"
#include "docker/questions.h"

namespace caretaker {
namespace {

constexpr const char* podman_header = "libpod-api-version";
constexpr std::string_view digest_words = "Digest: ";

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

// libpod tells whether volumes are anonymous. A Podman without it answers `unsupported`.
template <class Answer>
bool is_final(const Answer& answer) {
  return answer || answer.error().problem != EngineProblem::unsupported;
}

}  // namespace

class EngineClient::Impl {
 public:
  explicit Impl(EngineClientOptions given)
      : options(std::move(given)),
        conversation(options.socket, options.connect_timeout),
        questions(options.inactivity_timeout, options.removal_inactivity_timeout) {}

  EngineClientOptions options;
  Conversation conversation;
  Questions questions;
  bool negotiated = false;
  EngineVersion version;

  // What every call but negotiate() begins with.
  [[nodiscard]] EngineResult<void> ready() const {
    if (negotiated) return {};
    return std::unexpected(engine_error(EngineProblem::unreachable, engine_socket(options.socket).path,
                                        "nobody has answered there yet"));
  }

  [[nodiscard]] EngineResult<void> docker_only(const char* what) const {
    if (EngineResult<void> result = ready(); !result) return result;
    if (version.kind == EngineKind::docker) return {};
    return std::unexpected(engine_error(EngineProblem::unsupported, what, "Podman does not have it"));
  }

  template <class Parse>
  auto list(const Question& question, const std::stop_token& stop, const Parse& parse)
      -> decltype(conversation.list(question, stop, parse)) {
    if (auto met = ready(); !met) return std::unexpected(std::move(met.error()));
    return conversation.list(question, stop, parse);
  }

  template <class Parse>
  auto document(const Question& question, const std::stop_token& stop, const Parse& parse)
      -> decltype(conversation.document(question, stop, parse)) {
    if (auto met = ready(); !met) return std::unexpected(std::move(met.error()));
    return conversation.document(question, stop, parse);
  }

  // `parse` with the kind of the engine.
  template <class Parse>
  [[nodiscard]] auto by_kind(const Parse& parse) const {
    return [parse, kind = version.kind](std::string_view text) { return parse(text, kind); };
  }

  EngineResult<Removed> remove(const Question& question, const std::stop_token& stop) {
    if (auto met = ready(); !met) return std::unexpected(std::move(met.error()));
    const auto answer = conversation.status(question, stop);
    if (!answer) return std::unexpected(answer.error());
    return Removed{.http_status = answer->status, .untagged = {}, .deleted = {}};
  }

  EngineResult<EngineVersion> negotiate(const std::stop_token& stop);
};

EngineResult<EngineVersion> EngineClient::Impl::negotiate(const std::stop_token& stop) {
  negotiated = false;
  const auto ping = conversation.status(questions.ping(), stop);
  if (!ping) return std::unexpected(ping.error());
  const auto answer = conversation.document(questions.version(), stop, parse_version_answer);
  if (!answer) return std::unexpected(answer.error());
  if (answer->api_max < api_version_min || answer->api_min > api_version_max) {
    const std::string said =
        fmt::format("the engine speaks API {} to {}, we speak {} to {}", to_string(answer->api_min),
                    to_string(answer->api_max), to_string(api_version_min), to_string(api_version_max));
    return std::unexpected(
        engine_error(EngineProblem::unsupported, engine_socket(options.socket).path, said));
  }
  const auto libpod = ping->headers.find(podman_header);
  const bool podman = answer->kind == EngineKind::podman || libpod != ping->headers.end();
  version = {.kind = podman ? EngineKind::podman : EngineKind::docker,
             .version = answer->version,
             .api = std::min(answer->api_max, api_version_max)};
  questions.set_engine(version.kind, version.api,
                       libpod == ping->headers.end() ? std::string() : version_digits(libpod->second));
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
  return impl_->document(impl_->questions.info(), stop, impl_->by_kind(parse_info));
}

EngineResult<std::vector<Image>> EngineClient::images(const std::stop_token& stop) {
  return impl_->list(impl_->questions.images(), stop, impl_->by_kind(parse_listed_image));
}

EngineResult<std::vector<Container>> EngineClient::containers(const std::stop_token& stop) {
  return impl_->list(impl_->questions.containers(), stop, impl_->by_kind(parse_listed_container));
}

EngineResult<std::vector<Volume>> EngineClient::volumes(const std::stop_token& stop) {
  if (impl_->questions.has_libpod()) {
    auto volumes = impl_->list(impl_->questions.libpod_volumes(), stop, parse_libpod_volume);
    if (is_final(volumes)) return volumes;
  }
  return impl_->list(impl_->questions.volumes(), stop, impl_->by_kind(parse_volume));
}

EngineResult<std::vector<Network>> EngineClient::networks(const std::stop_token& stop) {
  return impl_->list(impl_->questions.networks(), stop, impl_->by_kind(parse_listed_network));
}

EngineResult<std::vector<BuildCacheRecord>> EngineClient::build_cache(const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("build cache"); !docker) return std::unexpected(docker.error());
  if (impl_->version.api < api_disk_usage_by_type) {
    return std::unexpected(
        engine_error(EngineProblem::unsupported, "build cache",
                     "before API 1.42 it is told only along with the size of all volumes"));
  }
  auto records = impl_->list(impl_->questions.build_cache(), stop, parse_build_cache_record);
  if (!records) return records;
  std::ranges::sort(*records, {}, &BuildCacheRecord::id);
  const auto repeated = std::ranges::unique(*records, {}, &BuildCacheRecord::id);
  records->erase(repeated.begin(), repeated.end());  // told in the old and in the new shape
  return records;
}

EngineResult<std::vector<std::string>> EngineClient::service_images(const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("services"); !docker) return std::unexpected(docker.error());
  auto services = impl_->list(impl_->questions.services(), stop, parse_service_images);
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

EngineResult<Image> EngineClient::image(const std::string& name, const std::stop_token& stop) {
  return impl_->document(impl_->questions.image(name), stop, impl_->by_kind(parse_shown_image));
}

EngineResult<Container> EngineClient::container(const std::string& id, const std::stop_token& stop) {
  return impl_->document(impl_->questions.container(id), stop, impl_->by_kind(parse_shown_container));
}

EngineResult<Volume> EngineClient::volume(const std::string& name, const std::stop_token& stop) {
  if (impl_->questions.has_libpod()) {
    auto volume = impl_->document(impl_->questions.libpod_volume(name), stop, parse_libpod_volume);
    if (is_final(volume)) return volume;
  }
  return impl_->document(impl_->questions.volume(name), stop, impl_->by_kind(parse_volume));
}

EngineResult<Network> EngineClient::network(const std::string& id, const std::stop_token& stop) {
  return impl_->document(impl_->questions.network(id), stop, impl_->by_kind(parse_shown_network));
}

EngineResult<Removed> EngineClient::remove_image(const std::string& name, const std::stop_token& stop) {
  if (auto met = impl_->ready(); !met) return std::unexpected(std::move(met.error()));
  const Question question = impl_->questions.remove_image(name);
  Removed removed;
  JsonSplitter splitter = JsonSplitter::array(question.paths, question.limits, [&](std::string_view object) {
    return parse_removed(object, removed);
  });
  const auto answer = impl_->conversation.stream(question, splitter, stop);
  if (!answer) return std::unexpected(answer.error());
  removed.http_status = answer->status;
  return removed;
}

EngineResult<Removed> EngineClient::remove_container(const std::string& id, const std::stop_token& stop) {
  return impl_->remove(impl_->questions.remove_container(id), stop);
}

EngineResult<Removed> EngineClient::remove_volume(const std::string& name, const std::stop_token& stop) {
  return impl_->remove(impl_->questions.remove_volume(name), stop);
}

EngineResult<Removed> EngineClient::remove_network(const std::string& id, const std::stop_token& stop) {
  return impl_->remove(impl_->questions.remove_network(id), stop);
}

EngineResult<BuildPruned> EngineClient::prune_build_cache(const BuildPruneBounds& bounds,
                                                          const std::stop_token& stop) {
  if (auto docker = impl_->docker_only("build cache"); !docker) return std::unexpected(docker.error());
  return impl_->document(impl_->questions.prune_build_cache(bounds), stop, parse_build_pruned);
}

EngineResult<Pulled> EngineClient::pull(const ImageReference& reference, const std::string& registry_auth,
                                        const std::stop_token& stop) {
  if (auto met = impl_->ready(); !met) return std::unexpected(std::move(met.error()));
  const Question question = impl_->questions.pull(reference, registry_auth);
  Pulled pulled;
  std::string failure;
  JsonSplitter splitter = JsonSplitter::sequence(
      question.limits, [&](std::string_view object) { return take_pull_step(object, pulled, failure); });
  const auto answer = impl_->conversation.stream(question, splitter, stop);
  if (!answer) return std::unexpected(answer.error());
  const std::string name = request_name(question.request);
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
  if (auto met = impl_->ready(); !met) return std::move(met.error());
  const Question question = impl_->questions.events(since_ns);
  JsonSplitter splitter = JsonSplitter::sequence(question.limits, [&](std::string_view object) -> Result<> {
    Result<EngineEvent> event = parse_event(object);
    if (!event) return std::unexpected(std::move(event.error()));
    on_event(*event);
    return {};
  });
  auto answer = impl_->conversation.stream(question, splitter, stop, on_connected);
  if (!answer) return std::move(answer.error());
  return engine_error(EngineProblem::unreachable, request_name(question.request),
                      "the engine ended the stream", answer->status);
}

}  // namespace caretaker
