// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an engine tells about itself and its objects, in plain structs. Missing and new fields are fine: what
// is not known is nullopt or empty, never guessed. Times are UTC; 0 is unknown. Source: the Docker Engine API
// reference, v1.40 to v1.5x, and podman-system-service(1).
namespace caretaker {

enum class EngineKind : std::uint8_t { docker, podman };
[[nodiscard]] std::string_view to_string(EngineKind kind);
// graphdriver: layers below DockerRootDir. containerd: its snapshotter, below containerd's own root.
enum class ImageStore : std::uint8_t { graphdriver, containerd, podman };
[[nodiscard]] std::string_view to_string(ImageStore store);

struct ApiVersion {  // 1.41
  int major = 1;
  int minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};
[[nodiscard]] std::string to_string(ApiVersion version);

struct EngineVersion {
  EngineKind kind = EngineKind::docker;
  std::string version;  // "20.10.24"
  ApiVersion api;       // in use: min(ours, the engine's newest)
};

struct EngineInfo {
  std::string id;
  ImageStore store = ImageStore::graphdriver;
  std::string driver;  // "overlay2", "overlayfs", "vfs"
  // Directories on whose file systems the engine's data is; the images are in the first. The containerd store
  // keeps them below containerd's root, not below DockerRootDir, which comes second then.
  std::vector<std::string> storage_paths;
  bool swarm_manager = false;
};

using Labels = std::map<std::string, std::string>;

struct Image {
  std::string id;                    // "sha256:<64 hex>"
  std::vector<std::string> tags;     // "nginx:1.25", sorted; never "<none>:<none>"
  std::vector<std::string> digests;  // "nginx@sha256:...", sorted
  std::string parent_id;             // empty where the engine does not tell
  std::int64_t created_ms = 0;       // of the build, can be any time, also before 1970
  std::int64_t tagged_ms = 0;        // last local tag or pull; only from image()
  std::optional<std::uint64_t> size_bytes;
  std::optional<std::uint64_t> shared_bytes;  // of size_bytes, with other images
  std::optional<std::uint32_t> containers;    // by the engine's count
  Labels labels;
};

struct ContainerMount {
  enum class Type : std::uint8_t { volume, image, other } type = Type::other;
  std::string name;  // volume: its name; image: the reference
};

struct Container {
  std::string id;
  std::string name;      // without the leading '/'
  std::string image_id;  // "sha256:..."; empty where the engine tells a name only
  std::string image;     // what the user typed: tag, id, digest
  std::string state;     // created, running, paused, restarting, removing, exited, dead, or a newer word
  std::int64_t created_ms = 0;
  std::int64_t finished_ms = 0;  // only from container()
  bool restarts = false;         // has a restart policy other than "no"; only from container()
  Labels labels;
  std::vector<ContainerMount> mounts;
  std::vector<std::string> networks;  // names and ids, as far as told
};

struct Volume {
  std::string name;
  std::string driver;
  std::int64_t created_ms = 0;
  bool has_options = false;       // a mount of something else: NFS, a directory
  std::optional<bool> anonymous;  // label com.docker.volume.anonymous, 64 hex digits, or podman's word
  Labels labels;
};

struct Network {
  std::string id;
  std::string name;
  std::string driver;
  std::int64_t created_ms = 0;
  bool predefined = false;                 // bridge, host, none, podman, ingress: never removable
  std::optional<std::uint32_t> endpoints;  // live ones; only from network()
  Labels labels;
};

struct BuildCacheRecord {
  std::string id;
  std::string type;
  std::optional<std::uint64_t> size_bytes;
  bool in_use = true;  // also when not told
  bool shared = false;
  std::int64_t created_ms = 0;
  std::int64_t last_used_ms = 0;
};

// The answer to a deletion.
struct Removed {
  int http_status = 0;
  std::vector<std::string> untagged;
  std::vector<std::string> deleted;  // ids of images and layers
};

// What POST /build/prune may take: always bounded by `unused_for_ms`.
struct BuildPruneBounds {
  std::int64_t unused_for_ms = 0;
};
struct BuildPruned {
  std::vector<std::string> deleted;
  std::uint64_t reclaimed_bytes = 0;
};

struct Pulled {
  std::string digest;  // "sha256:..." as the stream told; may be empty
  std::string status;  // the stream's last words: "Status: Image is up to date for nginx:1.25"
};

// One line of the event stream.
struct EngineEvent {
  std::int64_t time_ns = 0;
  std::string type;      // container, image, volume, network, ...
  std::string action;    // create, start, die, destroy, pull, ... without the tail of "exec_create: sh"
  std::string actor_id;  // container, image or network id, volume name
  Labels attributes;     // container: image, name; volume mount: container
};

}  // namespace caretaker
