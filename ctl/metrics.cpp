// SPDX-License-Identifier: MIT
#include <array>

#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/series_text.h"
#include "ctl/table.h"

namespace caretaker::ctl {
namespace {

void print_table(const Session& session, const std::vector<MetricAnswer>& metrics) {
  constexpr Column columns[] = {{"METRIC"}, {"LABELS", Align::shrink}, {"VALUE", Align::right}, {"UNIT"}};
  Table table(columns, session.console);
  for (const MetricAnswer& metric : metrics) {
    table.add_row(std::array<Cell, 4>{{{metric.metric},
                                       {format_labels(metric.labels), Colour::dim},
                                       {metric.value ? format_value(*metric.value, metric.unit) : "-"},
                                       {metric.unit}}});
  }
  session.console.out << table.text();
}

}  // namespace

Answer<ExitCode> run_metrics(const Session& session) {
  const std::string& glob = session.arguments.metric;
  const Answer<std::string> body =
      session.client.get(glob.empty() ? "/v1/metrics" : "/v1/metrics?glob=" + url_encode(glob));
  if (!body) return std::unexpected(body.error());
  const Answer<std::vector<MetricAnswer>> metrics = parse_metrics(*body);
  if (!metrics) return std::unexpected(metrics.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else if (metrics->empty()) {
    session.console.out << "no metrics" << (glob.empty() ? "" : " match " + escape_text(glob)) << '\n';
  } else {
    print_table(session, *metrics);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
