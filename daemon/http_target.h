// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace caretaker {

// The decoded target of a request line: /v1/jobs/a%2Fb?since=1h -> {"v1", "jobs", "a/b"}, {{"since", "1h"}}.
struct RequestTarget {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};

// Pure. Splits before it decodes (RFC 3986 section 2.4); `+` is a blank in the query only. Errors: a path
// that does not begin with '/', a bad percent escape, text that is not UTF-8 or holds a NUL.
[[nodiscard]] Result<RequestTarget> parse_target(std::string_view target);

}  // namespace caretaker
