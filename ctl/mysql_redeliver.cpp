// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {

Answer<ExitCode> run_mysql_redeliver(const Session& session) {
  const std::int64_t since_ms = session.now_ms - session.arguments.since.value().count();
  const Answer<std::string> body =
      session.client.post(fmt::format("/v1/mysql/redeliver?since_ms={}", since_ms));
  if (!body) return std::unexpected(body.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    session.console.out << fmt::format(
        "what was collected since {} is sent again with the next delivery; the event 'redelivered' tells how "
        "much was missing\n",
        format_time(since_ms));
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
