// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "daemon/http_route.h"

namespace caretaker {

class Daemon;

// The command table of the control socket: every command acts on the scheduler or asks the query thread, none
// touches a collector, the store or MySQL directly. `daemon` outlives the routes; null: only to describe them
// (docs/api.md).
[[nodiscard]] std::vector<Route> api_routes(Daemon* daemon);

}  // namespace caretaker
