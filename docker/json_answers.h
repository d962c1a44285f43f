// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "docker/engine_objects.h"

// The engine's other answers, JSON text to structs. Pure.
namespace caretaker {

// GET /version.
struct VersionAnswer {
  EngineKind kind = EngineKind::docker;
  std::string version;
  ApiVersion api_max;
  ApiVersion api_min;
};
[[nodiscard]] Result<VersionAnswer> parse_version_answer(std::string_view json_text);

// GET /info.
[[nodiscard]] Result<EngineInfo> parse_info(std::string_view json_text, EngineKind kind);

// One service of GET /services: the images it runs now and would run after a rollback.
[[nodiscard]] Result<std::vector<std::string>> parse_service_images(std::string_view json_text);

// One element of the answer of DELETE /images/{}.
[[nodiscard]] Result<> parse_removed(std::string_view json_text, Removed& removed);

[[nodiscard]] Result<BuildPruned> parse_build_pruned(std::string_view json_text);

// One object of the stream of a pull. All members may be empty.
struct PullStep {
  std::string status;  // "Digest: sha256:...", "Status: Image is up to date for nginx:1.25", "Downloading"
  std::string object;  // the layer or tag that it is about
  std::string error;
};
[[nodiscard]] Result<PullStep> parse_pull_step(std::string_view json_text);

[[nodiscard]] Result<EngineEvent> parse_event(std::string_view json_text);

// "1.41".
[[nodiscard]] Result<ApiVersion> parse_api_version(std::string_view text);

// What the body of an error says: the engine's message, else the text itself. `from_engine`: it had the
// engine's shape, so it is not a proxy's word.
struct ErrorBody {
  std::string message;
  bool from_engine = false;
};
[[nodiscard]] ErrorBody parse_error_body(std::string_view body);

}  // namespace caretaker
