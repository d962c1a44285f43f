// SPDX-License-Identifier: MIT
#include "daemon/http_route.h"

#include <optional>
#include <utility>

#include "base/text.h"

namespace caretaker {
namespace {

using PathValues = std::map<std::string, std::string, std::less<>>;

// The name in "{name}"; empty for a literal segment.
std::string_view parameter_name(std::string_view segment) {
  if (!segment.starts_with('{') || !segment.ends_with('}')) return {};
  return segment.substr(1, segment.size() - 2);
}

std::optional<PathValues> match_path(std::string_view path, std::span<const std::string> segments) {
  const std::vector<std::string_view> wanted = split(path.substr(1), '/');
  if (wanted.size() != segments.size()) return std::nullopt;
  PathValues values;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (const std::string_view name = parameter_name(wanted[i]); !name.empty()) {
      if (segments[i].empty()) return std::nullopt;
      values.emplace(name, segments[i]);
    } else if (wanted[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return values;
}

}  // namespace

RouteMatch find_route(std::span<const Route> routes, std::string_view method,
                      std::span<const std::string> segments) {
  RouteMatch match;
  for (const Route& route : routes) {
    std::optional<PathValues> values = match_path(route.path, segments);
    if (!values) continue;
    if (route.method == method) {
      match.route = &route;
      match.path = std::move(*values);
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
  }
  return match;
}

std::vector<std::string_view> path_parameters(std::string_view path) {
  std::vector<std::string_view> names;
  for (const std::string_view segment : split(path, '/')) {
    if (const std::string_view name = parameter_name(segment); !name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace caretaker
