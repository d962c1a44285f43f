// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "docker/engine_objects.h"

namespace caretaker {

// One object's JSON text as the engine lists it, or shows it alone, to our structs. Pure. An error names the
// field; an object is understood or not, never by half.
[[nodiscard]] Result<Image> parse_listed_image(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<Image> parse_shown_image(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<Container> parse_listed_container(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<Container> parse_shown_container(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<Volume> parse_volume(std::string_view json_text, EngineKind kind);
// libpod's shape, which knows whether the volume is anonymous.
[[nodiscard]] Result<Volume> parse_libpod_volume(std::string_view json_text);
[[nodiscard]] Result<Network> parse_listed_network(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<Network> parse_shown_network(std::string_view json_text, EngineKind kind);
[[nodiscard]] Result<BuildCacheRecord> parse_build_cache_record(std::string_view json_text);

// "sha256:<64 hex>" from that or from 64 hex digits; empty for anything else.
[[nodiscard]] std::string canonical_image_id(std::string_view id);

}  // namespace caretaker
