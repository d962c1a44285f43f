// SPDX-License-Identifier: MIT
#include "cleanup/pull.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include "base/pause.h"
#include "base/text.h"
#include "base/thread.h"
#include "cleanup/plan.h"
#include "cleanup/registry_auth.h"
#include "collectors/collector.h"
#include "config/image_reference.h"

namespace caretaker {
namespace {

using std::string;
using std::string_view;

constexpr string_view stopped_message = "stopped before it was pulled";

// What all workers of one job share.
struct Job {
  const EngineClientOptions& engine;
  std::chrono::milliseconds retry_delay;
  EngineLock& lock;
  const Clock& clock;
  const std::stop_token& stop;
  const Result<RegistryAuth>& auth;
  std::vector<PullResult>& results;  // each is written by the worker that took its index
  std::atomic<std::size_t> next = 0;
};

// What the engine has under a reference.
struct Present {
  string id;                    // empty: nothing
  std::vector<string> digests;  // of the reference's repository
};

// The digests of an image in one repository: the same image can have been pulled there under several.
std::vector<string> digests_of(const Image& image, const ImageReference& reference) {
  const auto repository_of = [](const string& text) {
    const string canonical = canonical_reference(text);
    return canonical.substr(0, canonical.find('@'));
  };
  // Any digest will do: only the name before it is wanted.
  const string wanted = repository_of(reference.repository + "@sha256:" + string(64, '0'));
  std::vector<string> digests;
  for (const string& digest : image.digests) {
    const std::size_t at = digest.find('@');
    if (at != string::npos && repository_of(digest) == wanted) digests.push_back(digest.substr(at + 1));
  }
  return digests;
}

EngineResult<Present> look_at(EngineClient& engine, const ImageReference& reference,
                              const std::stop_token& stop) {
  const auto image = engine.image(to_string(reference), stop);
  if (image) return Present{.id = image->id, .digests = digests_of(*image, reference)};
  if (image.error().problem == EngineProblem::not_found) return Present{};
  return std::unexpected(image.error());
}

// One of several: that of the other side of the pull where it is among them.
string choose(const std::vector<string>& digests, const string& preferred) {
  if (digests.empty()) return {};
  return std::ranges::find(digests, preferred) == digests.end() ? digests.front() : preferred;
}

// Pulls one image after the other on a connection of its own.
class Worker {
 public:
  explicit Worker(Job& job) : job_(job), engine_(job.engine) {}

  void run() {
    for (std::size_t index = job_.next++; index < job_.results.size(); index = job_.next++) {
      PullResult& result = job_.results[index];
      const std::int64_t begin_ns = job_.clock.now().monotonic_ns;
      pull(result);
      result.duration_ms = (job_.clock.now().monotonic_ns - begin_ns) / ns_per_ms;
      result.error.resize(cut_text(result.error, engine_message_bytes_max).size());
    }
  }

 private:
  void pull(PullResult& result) {
    const auto reference = parse_image_reference(result.image);
    if (!reference) {
      result.error = result.image + " " + reference.error().message;
      return;
    }
    const auto header = job_.auth ? job_.auth->header_for(reference->repository)
                                  : Result<Secret>(std::unexpected(job_.auth.error()));
    if (!header) {
      result.error = header.error().message;
      return;
    }
    // An engine that was not there a moment ago is asked once for each of the other images.
    const std::size_t attempts = absent_ ? 1 : pull_attempts_max;
    std::optional<Present> before;
    std::optional<EngineError> error;
    for (std::size_t attempt = 1;; ++attempt) {
      error = try_once(*reference, *header, before, result);
      if (!error || attempt >= attempts || !is_worth_retrying(*error)) break;
      if (!pause_for(jittered(job_.retry_delay), job_.stop)) break;
    }
    absent_ = error && error->problem == EngineProblem::unreachable;
    result.ok = !error;
    if (error) result.error = error->message;
  }

  // Nothing: it is pulled.
  std::optional<EngineError> try_once(const ImageReference& reference, const Secret& header,
                                      std::optional<Present>& before, PullResult& result) {
    const auto hold = job_.lock.hold_for_pull(to_string(reference), job_.stop);
    if (!hold) return EngineError{.problem = EngineProblem::stopped, .message = string(stopped_message)};
    if (!negotiated_) {
      if (const auto version = engine_.negotiate(job_.stop); !version) return version.error();
      negotiated_ = true;
    }
    auto error = pull_held(reference, header, before, result);
    if (error && error->problem == EngineProblem::unreachable) negotiated_ = false;
    return error;
  }

  std::optional<EngineError> pull_held(const ImageReference& reference, const Secret& header,
                                       std::optional<Present>& before, PullResult& result) {
    if (!before) {  // an attempt that failed may have brought something
      auto present = look_at(engine_, reference, job_.stop);
      if (!present) return present.error();
      before = std::move(*present);
    }
    result.id_before = before->id;
    result.digest_before = choose(before->digests, {});
    const auto pulled = engine_.pull(reference, header.reveal(), job_.stop);
    if (!pulled) return pulled.error();
    const auto after = look_at(engine_, reference, job_.stop);
    if (!after) return after.error();
    if (after->id.empty()) {
      return EngineError{.problem = EngineProblem::not_found, .message = "it was pulled, and is gone again"};
    }
    result.id_after = after->id;
    result.digest_after = choose(after->digests, pulled->digest);
    result.digest_before = choose(before->digests, result.digest_after);
    return std::nullopt;
  }

  Job& job_;
  EngineClient engine_;
  bool negotiated_ = false;
  bool absent_ = false;  // the last image ended with `unreachable`
};

constexpr std::array metrics = {
    gauge("pull_success", "", "1 when the last pull of the image worked, otherwise 0."),
    gauge("pull_changed", "", "1 when the last pull brought another image than was there, otherwise 0."),
    gauge("pull_duration_seconds", "seconds", "How long the last pull of the image took, with its retries."),
};

}  // namespace

std::vector<PullResult> pull_images(const PullConfig& config, const string& socket, EngineLock& lock,
                                    const Clock& clock, const std::stop_token& stop) {
  return pull_images(config, EngineClientOptions{.socket = socket}, pull_retry_delay, lock, clock, stop);
}

std::vector<PullResult> pull_images(const PullConfig& config, const EngineClientOptions& engine,
                                    std::chrono::milliseconds retry_delay, EngineLock& lock,
                                    const Clock& clock, const std::stop_token& stop) {
  std::vector<PullResult> results(config.images.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto reference = parse_image_reference(config.images[i]);
    results[i].image = reference ? to_string(*reference) : config.images[i];
  }
  const auto auth =
      config.auth_file.empty() ? Result<RegistryAuth>(RegistryAuth()) : RegistryAuth::load(config.auth_file);
  Job job{.engine = engine,
          .retry_delay = retry_delay,
          .lock = lock,
          .clock = clock,
          .stop = stop,
          .auth = auth,
          .results = results};
  // This thread is one of the workers: where no other can be started it does all of the work.
  std::vector<Thread> others;
  const std::size_t workers =
      std::min(static_cast<std::size_t>(std::max(config.concurrency, 1)), results.size());
  for (std::size_t i = 1; i < workers; ++i) {
    if (auto thread = Thread::start("pull-" + std::to_string(i), [&job] { Worker(job).run(); })) {
      others.push_back(std::move(*thread));
    }
  }
  Worker(job).run();
  for (Thread& thread : others) thread.join();
  return results;
}

bool is_worth_retrying(const EngineError& error) {
  if (error.problem == EngineProblem::unreachable || error.problem == EngineProblem::throttled) return true;
  if (error.problem == EngineProblem::stopped) return false;
  const string_view message = error.message;
  return message.contains("lease does not exist") || message.contains("failed commit on ref") ||
         message.contains("failed to extract layer") ||
         (message.contains("content digest") && message.contains("not found"));
}

std::span<const MetricInfo> pull_metrics() {
  return metrics;
}

void add_pull_samples(SampleBatch& batch, const SeriesFactory& series, const string& job,
                      const std::vector<PullResult>& results) {
  for (auto result = results.begin(); result != results.end(); ++result) {
    const bool again = std::any_of(std::next(result), results.end(),
                                   [&](const PullResult& later) { return later.image == result->image; });
    if (again) continue;
    const std::initializer_list<Label> labels = {{"image", result->image}, {"job", job}};
    const bool changed = result->ok && result->id_after != result->id_before;
    batch.add(series.make(metrics[0], labels), result->ok ? 1.0 : 0.0);
    batch.add(series.make(metrics[1], labels), changed ? 1.0 : 0.0);
    batch.add(series.make(metrics[2], labels),
              static_cast<double>(result->duration_ms) / static_cast<double>(ms_per_s));
  }
}

}  // namespace caretaker
