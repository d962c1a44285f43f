// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http_message.h"

namespace caretaker {

struct QueryParameter {
  std::string_view name;
  std::string_view help;
};

// One line of the command table; its texts live as long as the program.
struct Route {
  std::string_view method;                 // "GET", "POST", ...
  std::string_view path;                   // "/v1/jobs/{name}/run"
  bool changes = false;                    // needs root or the daemon's own user
  std::string_view help;                   // one sentence, for docs/api.md
  std::vector<QueryParameter> query = {};  // what it takes; anything else is refused
  // Called on the loop's thread; must not block, nor keep the request beyond the call.
  std::function<void(const Request&, Responder)> handler = {};
};

struct RouteMatch {
  const Route* route = nullptr;  // null: see `allow`
  std::map<std::string, std::string, std::less<>> path;
  std::string allow;  // the methods that the path has, "GET, POST"; empty for an unknown path
};

// The first route in the table's order that fits. Pure.
[[nodiscard]] RouteMatch find_route(std::span<const Route> routes, std::string_view method,
                                    std::span<const std::string> segments);

// The {names} of a route's path in order.
[[nodiscard]] std::vector<std::string_view> path_parameters(std::string_view path);

}  // namespace caretaker
