// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The first line of a request: paths and queries, percent-encoded. Pure.
namespace caretaker {

// Everything but letters, digits and "-._~" as %XX; the bytes in `kept` stay as well.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view kept = {});
// Nothing where a % is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

// "?key=value&..." or nothing at all; the values are encoded.
[[nodiscard]] std::string to_query(const std::vector<std::pair<std::string, std::string>>& parameters);

// Without the "/v1.41" or "/v4.0.0" at its front.
[[nodiscard]] std::string_view without_api_version(std::string_view path);

// Whether a name can stand in a path and be read in one way only: not empty, valid UTF-8 without blanks,
// control characters and "%\?#;", no part between slashes that is empty, "." or "..".
[[nodiscard]] bool is_plain_name(std::string_view name);

}  // namespace caretaker
