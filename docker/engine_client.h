// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/image_reference.h"
#include "docker/engine_error.h"
#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr ApiVersion api_version_min{1, 40};  // Docker 19.03
inline constexpr ApiVersion api_version_max{1, 54};

// Limits of one answer. Lists are parsed while they arrive; one element is held at a time.
inline constexpr std::size_t answer_bytes_max = 256U << 20;
inline constexpr std::size_t element_bytes_max = 4U << 20;
inline constexpr std::size_t elements_max = 200'000;
inline constexpr std::size_t event_bytes_max = 1U << 20;

struct EngineClientOptions {
  std::string socket;  // absolute path, Docker's or Podman's; empty: as engine_socket() says each time
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds inactivity_timeout{60'000};  // of questions, from byte to byte
  std::chrono::milliseconds removal_inactivity_timeout{
      600'000};  // of deletions and pulls; they have no other
};

// A container engine over its Unix socket (Docker Engine API, Podman's compat API and its libpod
// volumes). Sends nothing that is not in docker/request_rules.h and never retries. For one thread; every call
// blocks until the answer, the inactivity timeout or `stop`, which ends it within milliseconds with
// EngineProblem::stopped. Every request has a connection of its own, and is sent once.
class EngineClient {
 public:
  explicit EngineClient(EngineClientOptions options);
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;
  ~EngineClient();

  // Asks who is there (GET /_ping, /version) and chooses the API version that all later calls use. Before the
  // first success every other call fails with `unreachable`. Call it again after `unreachable`: another
  // engine may have taken the socket. unsupported: the engine's versions and ours do not meet.
  [[nodiscard]] EngineResult<EngineVersion> negotiate(const std::stop_token& stop);
  [[nodiscard]] const EngineVersion& version() const;  // of the last negotiate()

  [[nodiscard]] EngineResult<EngineInfo> info(const std::stop_token& stop);

  // Whole lists. Any element that cannot be understood makes the list an error: unknown is not absent.
  [[nodiscard]] EngineResult<std::vector<Image>> images(const std::stop_token& stop);  // no intermediate ones
  [[nodiscard]] EngineResult<std::vector<Container>> containers(const std::stop_token& stop);  // any state
  [[nodiscard]] EngineResult<std::vector<Volume>> volumes(const std::stop_token& stop);
  [[nodiscard]] EngineResult<std::vector<Network>> networks(const std::stop_token& stop);
  // unsupported below API 1.42 (the answer would measure every volume as well) and on Podman.
  [[nodiscard]] EngineResult<std::vector<BuildCacheRecord>> build_cache(const std::stop_token& stop);
  // The image references of all services; only a swarm manager has them.
  [[nodiscard]] EngineResult<std::vector<std::string>> service_images(const std::stop_token& stop);

  // One object. not_found: it is gone. `image` takes an id or a reference.
  [[nodiscard]] EngineResult<Image> image(const std::string& name, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Container> container(const std::string& id, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Volume> volume(const std::string& name, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Network> network(const std::string& id, const std::stop_token& stop);

  // Deletions, never with force, parents never pruned. A reference removes that tag; an id removes an
  // image without tags or with one.
  [[nodiscard]] EngineResult<Removed> remove_image(const std::string& name, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Removed> remove_container(const std::string& id, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Removed> remove_volume(const std::string& name, const std::stop_token& stop);
  [[nodiscard]] EngineResult<Removed> remove_network(const std::string& id, const std::stop_token& stop);
  // unsupported on Podman.
  [[nodiscard]] EngineResult<BuildPruned> prune_build_cache(const BuildPruneBounds& bounds,
                                                            const std::stop_token& stop);

  // Pulls exactly one reference; an error inside the 200 stream is an error. `registry_auth` is the value of
  // X-Registry-Auth (base64url JSON) or empty.
  [[nodiscard]] EngineResult<Pulled> pull(const ImageReference& reference, const std::string& registry_auth,
                                          const std::stop_token& stop);

  // Events from `since_ns` on (0: from now on), until `stop` (an error `stopped`) or the end of the stream,
  // which is always an error. `on_connected` is called once the engine has accepted. Only container, image,
  // volume and network events that say something about use are asked for. The inactivity timeout ends with
  // the header.
  [[nodiscard]] EngineError events(std::int64_t since_ns, const std::function<void()>& on_connected,
                                   const std::function<void(const EngineEvent&)>& on_event,
                                   const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
