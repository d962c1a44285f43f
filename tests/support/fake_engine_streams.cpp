// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "support/fake_engine_api.h"

// Answers that take their time: events and pulls.
namespace caretaker::fake {
namespace {

using nlohmann::json;

// How soon a stream notices that its peer is gone.
constexpr std::chrono::milliseconds peer_check_interval{20};

bool write_line(AnswerWriter& writer, const json& object) {
  return writer.write(to_text(object) + "\r\n");
}

// "docker.io/library/nginx:1.25" of "nginx:1.25": the only form that Podman knows.
std::string qualified(const std::string& reference) {
  const std::size_t slash = reference.find('/');
  if (slash == std::string::npos) return "docker.io/library/" + reference;
  const std::string host = reference.substr(0, slash);
  if (host.find_first_of(".:") != std::string::npos || host == "localhost") return reference;
  return "docker.io/" + reference;
}

std::string requested_reference(const HttpRequest& request) {
  const std::string from = request.argument("fromImage");
  const std::string tag = request.argument("tag");
  if (tag.empty()) return familiar(from);
  return familiar(repository_of(from)) + (tag.starts_with("sha256:") ? '@' : ':') + tag;
}

std::string digest_of(const Image& image, const std::string& reference) {
  for (const std::string& digest : image.digests) {
    if (familiar(repository_of(digest)) == familiar(repository_of(reference))) {
      return digest.substr(digest.find('@') + 1);
    }
  }
  return image.id;
}

bool write_progress(AnswerWriter& writer, const Image& image, const std::string& reference) {
  const std::string layer = short_id(image.id);
  const std::uint64_t total = image.size_bytes.value_or(0);
  const std::string repository = repository_of(reference);
  const std::string tag = reference.size() > repository.size() ? reference.substr(repository.size() + 1) : "";
  return write_line(writer, {{"status", "Pulling from " + repository}, {"id", tag}}) &&
         write_line(writer,
                    {{"status", "Pulling fs layer"}, {"progressDetail", json::object()}, {"id", layer}}) &&
         write_line(writer, {{"status", "Downloading"},
                             {"progressDetail", {{"current", total / 2}, {"total", total}}},
                             {"progress", "[=========================>                         ]"},
                             {"id", layer}}) &&
         write_line(writer, {{"status", "Pull complete"}, {"progressDetail", json::object()}, {"id", layer}});
}

void write_error(AnswerWriter& writer, const std::string& message) {
  write_line(writer, {{"errorDetail", {{"message", message}}}, {"error", message}});
}

}  // namespace

Answer Api::follow_events(const HttpRequest& request, const std::string& /*name*/) {
  const std::optional<Filters> filters = parse_filters(request.argument("filters"));
  if (!filters) return refusal({400, "invalid filter", "invalid filter"});
  std::optional<std::int64_t> since_ns;
  std::optional<std::int64_t> until_ns;
  for (auto [key, time_ns] : {std::pair("since", &since_ns), std::pair("until", &until_ns)}) {
    if (request.argument(key).empty()) continue;
    *time_ns = parse_timestamp_ns(request.argument(key));
    if (!*time_ns) return refusal({400, "failed to parse value \"" + request.argument(key) + '"', ""});
  }
  const Dialect shape = dialect(request);
  Answer answer;
  answer.stream = [this, shape, until_ns,
                   subscription = model_.events.subscribe(*filters, since_ns)](AnswerWriter& writer) {
    for (;;) {
      const auto event = model_.events.next(*subscription, peer_check_interval);
      if (event && until_ns && event->time_ns > *until_ns) return;
      if (event && !writer.write(to_text(event_object(*event, shape)) + '\n')) return;
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      if (!event && until_ns && std::chrono::nanoseconds(now).count() > *until_ns) return;
      if (!event && !writer.wait(std::chrono::milliseconds(0))) return;
    }
  };
  return answer;
}

Answer Api::pull(const HttpRequest& request, const std::string& /*name*/) {
  const std::string wanted = requested_reference(request);
  const bool podman = model_.options.kind == EngineKind::podman;
  if (wanted.empty()) return refusal({400, "fromImage is empty", "fromImage is empty"});
  // Without tag and digest Docker pulls every tag of the repository.
  const bool every_tag = !podman && repository_of(wanted) == wanted;
  const std::string whole = whole_reference(wanted);
  const std::scoped_lock lock(mutex_);
  const auto failing = model_.failing_pulls.find(whole);
  Answer answer;
  if (failing != model_.failing_pulls.end()) {
    answer.stream = [message = failing->second](AnswerWriter& writer) {
      if (write_line(writer, {{"status", "Pulling fs layer"}, {"progressDetail", json::object()}})) {
        write_error(writer, message);
      }
    };
    return answer;
  }
  std::vector<std::pair<std::string, Image>> pulled;
  for (const auto& [reference, image] : model_.published) {
    const bool same_repository =
        repository_of(reference) == wanted && reference.find('@') == std::string::npos;
    if (every_tag ? same_repository : reference == whole) {
      pulled.emplace_back(podman ? qualified(reference) : reference, image);
    }
  }
  if (pulled.empty()) {
    const std::string message = "manifest for " + whole + " not found: manifest unknown: manifest unknown";
    if (!podman) return not_found(message);
    answer.stream = [message](AnswerWriter& writer) { write_error(writer, message); };
    return answer;
  }
  answer.stream = [this, pulled](AnswerWriter& writer) {
    for (const auto& [reference, image] : pulled) {
      if (!write_progress(writer, image, reference)) return;  // a pull ends with its connection
      std::string last = "Status: Downloaded newer image for " + reference;
      {
        const std::scoped_lock guard(mutex_);
        const Image* old = model_.find_image(reference);
        if (old != nullptr && old->id == image.id) last = "Status: Image is up to date for " + reference;
        model_.bring(reference, image);
      }
      if (!write_line(writer, {{"status", "Digest: " + digest_of(image, reference)}})) return;
      if (!write_line(writer, {{"status", last}})) return;
    }
  };
  return answer;
}

}  // namespace caretaker::fake
