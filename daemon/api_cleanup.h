// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "daemon/http_route.h"

namespace caretaker {

class Daemon;

// The lines of the command table that concern cleanup. `daemon` outlives them.
[[nodiscard]] std::vector<Route> cleanup_routes(Daemon* daemon);

}  // namespace caretaker
