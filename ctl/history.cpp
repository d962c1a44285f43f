// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/parse.h"
#include "ctl/answers.h"
#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/series_text.h"
#include "ctl/table.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t sparkline_cells_max = 40;

std::string history_target(const Arguments& arguments, std::int64_t now_ms) {
  std::string target = fmt::format("/v1/history?metric={}&since_ms={}&limit={}", url_encode(arguments.metric),
                                   now_ms - arguments.since.count(), arguments.points_max);
  for (const std::string& label : arguments.labels) target += "&label=" + url_encode(label);
  return target;
}

void print_points(const Session& session, const HistoryAnswer& history) {
  Table table({{"TIME"}, {"LABELS", Align::shrink}, {"VALUE", Align::right}, {"UNIT"}}, session.console);
  for (const PointAnswer& point : history.points) {
    table.add_row(std::array<Cell, 4>{{{format_time(point.time_ms)},
                                       {format_labels(point.labels), Colour::dim},
                                       {point.value ? format_value(*point.value, history.unit) : "-"},
                                       {history.unit}}});
  }
  session.console.out << table.text();
}

// One line per series, so that hours fit on a screen.
void print_summary(const Session& session, const HistoryAnswer& history) {
  std::map<std::string, std::vector<double>> values_by_series;
  for (const PointAnswer& point : history.points) {
    if (point.value) values_by_series[format_labels(point.labels)].push_back(*point.value);
  }
  Table table({{"SERIES", Align::shrink},
               {"POINTS", Align::right},
               {"MIN", Align::right},
               {"AVG", Align::right},
               {"MAX", Align::right},
               {session.console.utf8 ? "COURSE" : ""}},
              session.console);
  for (const auto& [labels, values] : values_by_series) {
    const auto [min, max] = std::ranges::minmax(values);
    double average = 0;
    for (const double value : values) average += value / static_cast<double>(values.size());
    table.add_row(
        std::array<Cell, 6>{{{labels.empty() ? history.metric : labels},
                             {format_count(values.size())},
                             {format_value(min, history.unit)},
                             {format_value(average, history.unit)},
                             {format_value(max, history.unit)},
                             {session.console.utf8 ? sparkline(values, sparkline_cells_max) : ""}}});
  }
  session.console.out << '\n' << table.text();
}

void print_history(const Session& session, const HistoryAnswer& history) {
  const Arguments& arguments = session.arguments;
  if (history.points.empty()) {
    session.console.out << fmt::format("no values of {} in the last {}\n", escape_text(history.metric),
                                       format_duration(arguments.since));
    return;
  }
  print_points(session, history);
  print_summary(session, history);
  if (history.truncated) {
    session.console.out << fmt::format("\nOnly the newest {} values; more with --limit.\n",
                                       format_count(history.points.size()));
  }
}

}  // namespace

Answer<ExitCode> run_history(const Session& session) {
  const Answer<std::string> body = session.client.get(history_target(session.arguments, session.now_ms));
  if (!body) return std::unexpected(body.error());
  const Answer<HistoryAnswer> history = parse_history(*body);
  if (!history) return std::unexpected(history.error());
  if (session.arguments.json) {
    print_json(session, *body);
  } else {
    print_history(session, *history);
  }
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
