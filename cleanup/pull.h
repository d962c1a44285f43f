// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sample.h"
#include "cleanup/engine_lock.h"
#include "config/config.h"
#include "docker/engine_client.h"

namespace caretaker {

inline constexpr std::size_t pull_attempts_max = 3;  // of errors that other people's cleanups cause
inline constexpr std::chrono::milliseconds pull_retry_delay{5'000};
inline constexpr std::string_view pull_collector = "pull";  // of the samples

// How the pull of one image ended.
struct PullResult {
  std::string image;  // as parsed: "ubuntu:latest"
  bool ok = false;
  std::string error;      // why not
  std::string id_before;  // image id; empty: it was not there
  std::string id_after;
  std::string digest_before;  // repository digest; empty where the engine had none
  std::string digest_after;
  std::int64_t duration_ms = 0;
};

// Pulls all images of one [pull.NAME], `concurrency` at a time, each on a connection of its own, so that a
// registry that hangs holds up only its own pulls. Every image has a result, in the order of the
// configuration; `stop` ends all of them soon. Registries' credentials come from [pull.NAME] auth_file (the
// `auths` of a docker config.json).
[[nodiscard]] std::vector<PullResult> pull_images(const PullConfig& config, const std::string& socket,
                                                  EngineLock& lock, const Clock& clock,
                                                  const std::stop_token& stop);

// The same with a client's limits; `retry_delay` in place of pull_retry_delay.
[[nodiscard]] std::vector<PullResult> pull_images(const PullConfig& config, const EngineClientOptions& engine,
                                                  std::chrono::milliseconds retry_delay, EngineLock& lock,
                                                  const Clock& clock, const std::stop_token& stop);

// Whether a pull failed because somebody else cleaned up beside it, so that it may well work now.
[[nodiscard]] bool is_worth_retrying(const EngineError& error);

// pull_success, pull_changed, pull_duration_seconds of each image; of one that is listed twice the last.
[[nodiscard]] std::span<const MetricInfo> pull_metrics();
void add_pull_samples(SampleBatch& batch, const SeriesFactory& series, const std::string& job,
                      const std::vector<PullResult>& results);

}  // namespace caretaker
