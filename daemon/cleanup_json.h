// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cleanup/desk.h"
#include "sql/store_reader.h"

// The JSON forms of cleanup in the control API (docs/api.md). Times are UTC milliseconds, null where there is
// none.
namespace caretaker {

[[nodiscard]] nlohmann::json to_json(const CleanupStatus& status);
[[nodiscard]] nlohmann::json to_json(const CleanupRun& run);
[[nodiscard]] nlohmann::json to_json(const StoredCleanup& cleanup);

// Which verdicts of a plan are told: of its actions, of everything, or of what `object` names (an id, its
// beginning, a name).
struct VerdictChoice {
  bool all = false;
  std::string object;  // empty: any
};
[[nodiscard]] nlohmann::json to_json(const CleanupReport& report, const VerdictChoice& choice);

}  // namespace caretaker
