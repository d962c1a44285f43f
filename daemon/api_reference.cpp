// SPDX-License-Identifier: MIT
#include "daemon/api_reference.h"

namespace caretaker {
namespace {

constexpr std::string_view introduction = R"(# Control API

The daemon answers HTTP/1.1 with JSON on its control socket. `caretakerctl` uses nothing else, and so may you:

```sh
curl --unix-socket /run/caretaker/control.sock http://localhost/v1/status
```

Who may connect to the socket (group `caretaker`) may read. What changes something is for root and for the user
that the daemon runs as. Names in a path and query arguments are percent-encoded UTF-8. A body is JSON with a
`Content-Length`, at most 1 MiB. 64 connections are served at once, more wait; a connection on which nothing moves
for 10 seconds is closed.

Every error has this form; `code` is a stable word, `message` and `hint` are for people:

```json
{"error": {"code": "not_found", "message": "no such path", "hint": "docs/api.md lists every path"}}
```

| status | code | when |
|---|---|---|
| 400 | `bad_request`, `bad_query`, `bad_json` | the path, a query argument or the body is wrong |
| 403 | `forbidden` | the path changes something and the peer may only read |
| 404 | `not_found` | no such path or job |
| 405 | `method_not_allowed` | the path does not have this method; `Allow` lists those it has |
| 409 | `busy` | the job is running or stuck |
| 411 | `length_required` | a body in chunks |
| 413 | `body_too_large` | a body of more than 1 MiB |
| 422 | `config_invalid` | the configuration has mistakes; `problems` beside `error` lists them |
| 500 | `failed` | the change could not be made |
| 500 | `internal` | a bug, or a request that was given up |
| 503 | `store_unavailable` | the local store cannot be read |
| 503 | `busy` | too many questions to the local store wait already |
| 503 | `stopping` | the daemon is stopping |

)";

std::string_view who(const Route& route) {
  return route.changes ? "root and the daemon's user" : "everyone who can connect";
}

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string overview_line(const Route& route) {
  std::string line = "| ";
  line += code(route.method) + " | " + code(route.path) + " | ";
  line += route.changes ? "change" : "read";
  line += " | ";
  line += route.help;
  line += " |\n";
  return line;
}

std::string parameter_table(const Route& route) {
  std::string lines;
  for (const std::string_view name : path_parameters(route.path)) {
    lines += "| " + code(name) + " | path | |\n";
  }
  for (const QueryParameter& parameter : route.query) {
    lines += "| " + code(parameter.name) + " | query | " + std::string(parameter.help) + " |\n";
  }
  if (lines.empty()) return lines;
  return "\n| parameter | in | meaning |\n|---|---|---|\n" + lines;
}

std::string section(const Route& route) {
  std::string text = "\n## " + code(std::string(route.method) + " " + std::string(route.path)) + "\n\n";
  text += route.help;
  text += "\nFor ";
  text += who(route);
  text += ".\n";
  text += parameter_table(route);
  return text;
}

}  // namespace

std::string api_reference_markdown(std::span<const Route> routes) {
  std::string text(introduction);
  text += "| method | path | needs | what it does |\n|---|---|---|---|\n";
  for (const Route& route : routes) text += overview_line(route);
  for (const Route& route : routes) text += section(route);
  return text;
}

}  // namespace caretaker
