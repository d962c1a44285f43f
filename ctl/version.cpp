// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {

Answer<ExitCode> run_version(const Session& session) {
  if (!session.arguments.json) session.console.out << "caretakerctl " CARETAKER_VERSION "\n";
  const Answer<std::string> body = session.client.get("/v1/version");
  if (!body) return std::unexpected(body.error());
  const Answer<std::string> version = parse_version(*body);
  if (!version) return std::unexpected(version.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    session.console.out << fmt::format("caretakerd {}\n", escape_text(*version));
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
