// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {

Answer<ExitCode> run_reload(const Session& session) {
  const Answer<std::string> body = session.client.post("/v1/reload");
  if (!body) return std::unexpected(body.error());
  const Answer<ReloadAnswer> reload = parse_reload(*body);
  if (!reload) return std::unexpected(reload.error());
  if (session.arguments.json) {
    print_json(session, *body);
    return ExitCode::ok;
  }
  std::string text = reload->changed.empty()
                         ? "reloaded, no job changed"
                         : fmt::format("reloaded, changed: {}", fmt::join(reload->changed, ", "));
  if (!reload->message.empty()) text += fmt::format(" ({})", reload->message);
  session.console.out << escape_text(text) << '\n';
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
