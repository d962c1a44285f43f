// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
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
  std::string target =
      fmt::format("/v1/history?metric={}&since_ms={}&limit={}", url_encode(arguments.metric),
                  now_ms - arguments.since.value_or(history_since_default).count(), arguments.points_max);
  for (const std::string& label : arguments.labels) target += "&label=" + url_encode(label);
  return target;
}

void print_points(const Session& session, const HistoryAnswer& history) {
  const bool has_labels =
      std::ranges::any_of(history.points, [](const auto& p) { return !p.labels.empty(); });
  std::vector<Column> columns = {{"TIME"}, {"VALUE", Align::right}};
  if (!history.unit.empty()) columns.push_back({"UNIT"});
  if (has_labels) columns.push_back({"LABELS", Align::shrink});
  Table table(columns, session.console);
  for (const PointAnswer& point : history.points) {
    std::vector<Cell> cells = {{format_time(point.time_ms)},
                               {point.value ? format_value(*point.value, history.unit) : "-"}};
    if (!history.unit.empty()) cells.push_back({history.unit});
    if (has_labels) cells.push_back({format_labels(point.labels), Colour::dim});
    table.add_row(cells);
  }
  session.console.out << table.text();
}

using ValuesBySeries = std::map<std::string, std::vector<double>>;

ValuesBySeries values_by_series(const HistoryAnswer& history) {
  ValuesBySeries series;
  for (const PointAnswer& point : history.points) {
    if (point.value) series[format_labels(point.labels)].push_back(*point.value);
  }
  return series;
}

double average_of(std::span<const double> values) {
  double average = 0;
  // Divided first: the sum of large values could overflow.
  for (const double value : values) average += value / static_cast<double>(values.size());
  return average;
}

// One line per series, so that hours fit on a screen.
void print_summary(const Session& session, const HistoryAnswer& history) {
  std::vector<Column> columns = {
      {"POINTS", Align::right}, {"MIN", Align::right}, {"AVG", Align::right}, {"MAX", Align::right}};
  if (session.console.utf8) columns.push_back({"COURSE"});
  columns.push_back({"SERIES", Align::shrink});
  Table table(columns, session.console);
  for (const auto& [labels, values] : values_by_series(history)) {
    const auto [min, max] = std::ranges::minmax(values);
    std::vector<Cell> cells = {{format_count(values.size())},
                               {format_value(min, history.unit)},
                               {format_value(average_of(values), history.unit)},
                               {format_value(max, history.unit)}};
    if (session.console.utf8) cells.push_back({sparkline(values, sparkline_cells_max)});
    cells.push_back({labels.empty() ? history.metric : labels});
    table.add_row(cells);
  }
  session.console.out << '\n' << table.text();
}

void print_history(const Session& session, const HistoryAnswer& history) {
  const Arguments& arguments = session.arguments;
  if (history.points.empty()) {
    session.console.out << fmt::format("no values of {} in the last {}\n", escape_text(history.metric),
                                       format_duration(arguments.since.value_or(history_since_default)));
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
