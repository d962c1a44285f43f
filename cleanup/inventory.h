// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "docker/engine_client.h"
#include "docker/engine_objects.h"

namespace caretaker {

// All objects of one kind, or why they are not known. Unknown is never the same as none.
template <class T>
struct Listing {
  std::vector<T> items;
  bool complete = false;
  std::string problem;       // why it is not complete; empty when it is, and when the kind was not asked for
  bool unsupported = false;  // this engine has no such list (EngineProblem::unsupported); not complete either
};

// So many ended containers are asked for when they ended; of the others it stays unknown.
inline constexpr std::size_t container_ends_max = 10'000;

// What an engine holds, all of it listed in one pass.
struct Inventory {
  std::int64_t time_ms = 0;  // UTC, before the first list
  EngineVersion engine;
  EngineInfo info;
  Listing<Image> images;
  Listing<Container> containers;
  Listing<Volume> volumes;
  Listing<Network> networks;
  Listing<BuildCacheRecord> build_cache;
  Listing<std::string> service_images;  // complete and empty without swarm
};

// "docker 20.10.24, API 1.41, graphdriver overlay2"
[[nodiscard]] std::string describe_engine(const EngineVersion& version, const EngineInfo& info);

// Lists everything; a list that fails is incomplete, with its reason, and the others go on, except after
// `unreachable` and `stopped`, which are errors of the whole, as is everything that goes wrong with the
// engine's information about itself. `container_ends`: inspects every container that does not run for when it
// ended (Container::finished_ms), as the container policy needs. The engine must have been negotiated with.
[[nodiscard]] EngineResult<Inventory> take_inventory(EngineClient& engine, bool container_ends,
                                                     std::int64_t now_ms, const std::stop_token& stop);

}  // namespace caretaker
