// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "docker/engine_objects.h"

namespace caretaker {

// What a fake engine pretends to be.
struct FakeEngineOptions {
  EngineKind kind = EngineKind::docker;
  std::string version = "29.3.0";
  ApiVersion api_max{1, 54};
  ApiVersion api_min{1, 40};
  ImageStore store = ImageStore::containerd;
  std::string root_dir = "/var/lib/docker";  // as /info tells
};

// What goes wrong with the next requests that match: all optional parts together.
struct FakeFault {
  std::string method;       // empty: any
  std::string path_prefix;  // behind /vN.NN, percent-decoded: "/images/"; empty: any
  std::size_t times = 1;    // so many matching requests, then it is over
  enum class Kind : std::uint8_t {
    status,             // answers `status` with `body`, does nothing
    status_after_work,  // does what was asked, then answers so (Podman's 500 with partial work)
    hang,               // takes the request and never answers
    close,              // closes without an answer
    cut,                // answers, and closes after `bytes` bytes of the body (chunked, stream or not)
    drip,               // answers at once, but for the body: one byte per `pause`
    garbage,            // answers with `body` in place of HTTP
    body,               // answers 200 with `body`
  } kind = Kind::status;
  int status = 500;
  std::string body;
  std::size_t bytes = 0;
  std::chrono::milliseconds pause{50};
};

struct FakeRequest {
  std::string method;
  std::string target;                          // as sent
  std::map<std::string, std::string> headers;  // lower case names
};

// A stateful container engine on a Unix socket in a temporary folder, for what a real one cannot be made to
// do: other API versions (shapes of 1.40 to 1.54, Podman's compat and libpod dialect), faults, races, huge
// lists. It knows images with tags, containers, volumes, networks, build cache, services, events (a ring of
// 256 that `since` reads) and pulls; deletions answer as the engine does: 404, 409 in use by container, 409
// referenced in multiple repositories; 409 prune running takes a fault. Nothing is there at the beginning,
// not even the predefined networks. force=1, v=1 and prunes of all kinds work as well: what must never be
// asked shows in take_requests(). One thread per connection, all ended by the destructor. Every function from
// any thread, also from the callback of on_delete().
class FakeEngine {
 public:
  explicit FakeEngine(FakeEngineOptions options = {});
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;
  ~FakeEngine();

  [[nodiscard]] const std::string& socket() const;

  // The state. put() replaces the object with the same id (volume: name) and raises the event that the engine
  // would: create, pull, mount, ... ; remove() does the same.
  void put(const Image& image);
  void put(const Container& container);
  void put(const Volume& volume);
  void put(const Network& network);
  void put(const BuildCacheRecord& record);
  void put_service(const std::string& image_reference);
  void remove_image(const std::string& id);
  void remove_container(const std::string& id);
  void remove_volume(const std::string& name);
  void remove_network(const std::string& id);
  [[nodiscard]] std::vector<Image> images() const;
  [[nodiscard]] std::vector<Container> containers() const;
  [[nodiscard]] std::vector<Volume> volumes() const;
  [[nodiscard]] std::vector<Network> networks() const;
  [[nodiscard]] std::vector<BuildCacheRecord> build_cache() const;

  // What a pull of that reference brings: the image under this reference (its other tags stay there), or an
  // error inside the 200 stream. Without: "manifest unknown", Docker's 404 or inside Podman's stream. A pull
  // without tag and digest brings every tag of the repository that is published, as Docker does.
  void publish(const std::string& reference, const Image& image);
  void fail_pull(const std::string& reference, const std::string& message);

  void add_fault(FakeFault fault);
  void clear_faults();
  // Called before a request that deletes is carried out, on its connection's thread: a place for races.
  void on_delete(std::function<void(const FakeRequest&)> callback);
  // Raises an event of any kind, also ones that mean nothing (exec_create: ...).
  void raise(EngineEvent event);
  // How many event streams are open: whatever happens from now on reaches them.
  [[nodiscard]] std::size_t listeners() const;
  // Closes all connections; until start() nobody can connect. The event ring is empty afterwards.
  void stop();
  void start();

  // Everything that was asked since the last call.
  [[nodiscard]] std::vector<FakeRequest> take_requests();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Distinct objects for tests, with sensible values.
[[nodiscard]] Image fake_image(int number, const std::vector<std::string>& tags,
                               std::uint64_t size_bytes = 1U << 20);
[[nodiscard]] Container fake_container(int number, const Image& image, const std::string& state = "running");

}  // namespace caretaker
