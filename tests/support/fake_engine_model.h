// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docker/engine_objects.h"
#include "support/fake_engine.h"
#include "support/fake_engine_events.h"

namespace caretaker::fake {

// Why something is not done. `cause` is what Podman adds.
struct Refusal {
  int status = 0;
  std::string message;
  std::string cause;
};

struct ImageRemoval {
  std::optional<Refusal> refusal;
  std::vector<std::pair<std::string, std::string>> records;  // "Untagged" or "Deleted", which
};

// What the engine has and how it changes, with the events that tell of it. Not thread safe (but `events` is).
class Model {
 public:
  explicit Model(const FakeEngineOptions& engine_options) : options(engine_options) {}

  void put(const Image& image);
  void put(const Container& container);
  void put(const Volume& volume);
  void put(const Network& network);
  void put(const BuildCacheRecord& record);
  void drop_image(const std::string& id);
  void drop_container(const std::string& id);
  void drop_volume(const std::string& name);
  void drop_network(const std::string& id);
  // A pull's end: `reference` now means `image`, which keeps the other references that it had here.
  void bring(const std::string& reference, const Image& image);

  // By id, the beginning of one, tag (default: latest) or digest.
  [[nodiscard]] const Image* find_image(std::string_view name) const;
  [[nodiscard]] const Container* find_container(std::string_view name) const;
  [[nodiscard]] const Network* find_network(std::string_view name) const;
  [[nodiscard]] std::vector<const Container*> users_of_image(const Image& image) const;
  [[nodiscard]] std::vector<const Container*> users_of_volume(const std::string& name) const;
  [[nodiscard]] std::vector<const Container*> endpoints(const Network& network) const;
  [[nodiscard]] bool has_children(const Image& image) const;

  // What DELETE does.
  [[nodiscard]] ImageRemoval remove_image(const std::string& name, bool force, bool prune_parents);
  [[nodiscard]] std::optional<Refusal> remove_container(const std::string& name, bool force, bool volumes);
  [[nodiscard]] std::optional<Refusal> remove_volume(const std::string& name, bool force);
  [[nodiscard]] std::optional<Refusal> remove_network(const std::string& name);

  void raise(std::string type, std::string action, std::string id, Labels attributes);

  const FakeEngineOptions options;
  std::map<std::string, Image> images;  // by id
  std::map<std::string, Container> containers;
  std::map<std::string, Volume> volumes;
  std::map<std::string, Network> networks;
  std::map<std::string, BuildCacheRecord> cache;
  std::vector<std::string> services;
  bool swarm_manager = false;
  std::map<std::string, Image> published;            // by whole reference
  std::map<std::string, std::string> failing_pulls;  // message by whole reference
  EventLog events;

 private:
  friend class ImageRemover;

  void untag(const std::string& reference);
  void index(const Image& image);
  void unindex(const Image& image);
  void raise_pull(const Image& image, const std::string& reference);
  void raise_use(const Container& container, bool begins);

  std::map<std::string, std::string, std::less<>> ids_by_reference_;
};

// "docker.io/library/nginx" is "nginx"; a name without tag and digest means tag latest.
[[nodiscard]] std::string familiar(std::string_view reference);
[[nodiscard]] std::string whole_reference(std::string_view reference);
// "nginx" of "nginx:1.25" and "nginx@sha256:...".
[[nodiscard]] std::string repository_of(std::string_view reference);
[[nodiscard]] std::string short_id(std::string_view id);
[[nodiscard]] bool is_running(const Container& container);
[[nodiscard]] bool is_hex_id(std::string_view name);
[[nodiscard]] bool is_anonymous(const Volume& volume);
[[nodiscard]] bool is_predefined(const Network& network);

}  // namespace caretaker::fake
