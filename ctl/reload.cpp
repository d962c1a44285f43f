// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {

namespace {

void print_reload(const Console& console, const ReloadAnswer& reload) {
  const std::string text = reload.changed.empty()
                               ? "reloaded, no job changed"
                               : fmt::format("reloaded, changed: {}", fmt::join(reload.changed, ", "));
  console.out << escape_text(text) << '\n';
  if (reload.needs_restart.empty()) return;
  const std::string settings = fmt::format("{}", fmt::join(reload.needs_restart, ", "));
  console.out << console.paint(Colour::yellow, "waits for a restart: " + escape_text(settings)) << '\n';
}

}  // namespace

Answer<ExitCode> run_reload(const Session& session) {
  const Answer<std::string> body = session.client.post("/v1/reload");
  if (!body) return std::unexpected(body.error());
  const Answer<ReloadAnswer> reload = parse_reload(*body);
  if (!reload) return std::unexpected(reload.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_reload(session.console, *reload);
  }
  for (const std::string& problem : reload->problems) session.console.error << escape_text(problem) << '\n';
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
