// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace caretaker {

// One thing that may be asked of the engine.
struct RequestRule {
  std::string_view method;  // "GET", "POST", "DELETE"
  // Behind the optional /vN.NN; {} is one object's name or id (in image paths it may contain '/').
  std::string_view path;
  // Query keys that may come, blank separated. "key=value" allows this value only; "key:word,word" only JSON
  // filters whose one key is one of these words and whose one value is a duration that is not zero
  // ({"until":["168h"]}). A '!' at the end: must come.
  std::string_view query;
  std::string_view why;
};

// The whole allow-list: whatever is not in it cannot be sent. No force, no container creation or start, no
// exec, no prune but the build cache's with a bound, no pull without tag or digest.
[[nodiscard]] std::span<const RequestRule> request_rules();

// Whether `method` and `target` (path and query, percent-encoded, as sent) are in the list. Pure; the error
// says what is not allowed. Refuses whatever could be read in two ways: "..", "//", encoded slashes outside
// of image names, anything encoded twice, control characters, repeated query keys, fragments.
[[nodiscard]] Result<> check_engine_request(std::string_view method, std::string_view target);

}  // namespace caretaker
