// SPDX-License-Identifier: MIT
#include "sql/mysql_partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/parse.h"
#include "sql/mysql_connection.h"

namespace caretaker {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

// The begin of the span that `time` is in.
sys_days begin_of(PartitionSpan span, sys_seconds time) {
  const auto day = std::chrono::floor<days>(time);
  if (span == PartitionSpan::day) return day;
  const year_month_day date{day};
  return sys_days{date.year() / date.month() / 1};
}

// `begin` is the begin of a span; so is the result.
sys_days add_spans(PartitionSpan span, sys_days begin, int count) {
  if (span == PartitionSpan::day) return begin + days{count};
  return sys_days{year_month_day{begin} + months{count}};
}

std::string name_of(PartitionSpan span, sys_days begin) {
  const year_month_day date{begin};
  const auto month = static_cast<unsigned>(date.month());
  std::string name = fmt::format("p{:04}{:02}", static_cast<int>(date.year()), month);
  if (span == PartitionSpan::day) name += fmt::format("{:02}", static_cast<unsigned>(date.day()));
  return name;
}

std::vector<Partition> spans_between(PartitionSpan span, sys_days first, sys_days last) {
  std::vector<Partition> partitions;
  while (first <= last) {
    const sys_days next = add_spans(span, first, 1);
    partitions.push_back({name_of(span, first), next});
    first = next;
  }
  return partitions;
}

void append_clause(std::string& clauses, const Partition& partition, bool is_catch_all) {
  if (!clauses.empty()) clauses += ",\n";
  clauses += fmt::format("  PARTITION {} VALUES LESS THAN ({})", partition.name,
                         is_catch_all ? "MAXVALUE" : bound_of(partition));
}

std::string clauses_of(std::span<const Partition> partitions) {
  std::string clauses;
  for (const Partition& partition : partitions) append_clause(clauses, partition, false);
  return clauses;
}

// "'2026-01-31'", "'2026-01-31 00:00:00.000'"
std::optional<sys_days> parse_bound(std::string_view text) {
  constexpr std::size_t date_size = 10;
  if (text.size() < date_size + 2 || text.front() != '\'') return std::nullopt;
  const std::string_view date_text = text.substr(1, date_size);
  const auto year = parse_number<int>(date_text.substr(0, 4));
  const auto month = parse_number<unsigned>(date_text.substr(5, 2));
  const auto day = parse_number<unsigned>(date_text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date{std::chrono::year{*year}, std::chrono::month{*month}, std::chrono::day{*day}};
  const std::string_view time = text.substr(1 + date_size, text.size() - date_size - 2);
  const bool midnight = time.empty() || time.find_first_not_of(" 0:.") == std::string_view::npos;
  if (!date.ok() || !midnight) return std::nullopt;
  return sys_days{date};
}

// The names of all tables as SQL strings.
std::string table_names() {
  std::string names;
  for (const PartitionedTable& table : partitioned_tables) {
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", table.name);
  }
  return names;
}

Result<> partition_if_empty(MysqlConnection& connection, const PartitionedTable& table, sys_seconds now) {
  const auto rows = connection.query(fmt::format("SELECT 1 FROM {} LIMIT 1", table.name));
  if (!rows) return std::unexpected(rows.error());
  if (!rows->empty()) return {};
  std::string clauses = clauses_of(first_partitions(table, now));
  append_clause(clauses, {std::string(catch_all), {}}, true);
  const auto done = connection.execute(
      fmt::format("ALTER TABLE {} PARTITION BY RANGE COLUMNS (time) (\n{})", table.name, clauses));
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

std::string bound_of(const Partition& partition) {
  const year_month_day date{partition.until};
  return fmt::format("'{:04}-{:02}-{:02}'", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

PartitionPlan plan_partitions(const PartitionedTable& table, std::span<const Partition> existing,
                              sys_seconds now, milliseconds retention) {
  PartitionPlan plan;
  const sys_seconds keep_from = now - std::chrono::floor<std::chrono::seconds>(retention);
  const sys_days current = begin_of(table.span, now);
  // Everything before the end of the first partition has its place in it.
  const sys_days oldest = existing.empty() ? current : begin_of(table.span, existing.front().until);
  const sys_days first =
      std::max({oldest, begin_of(table.span, keep_from), add_spans(table.span, current, -missed_spans_max)});
  for (const Partition& wanted :
       spans_between(table.span, first, add_spans(table.span, current, table.ahead))) {
    const auto holder = std::ranges::lower_bound(existing, wanted.until, {}, &Partition::until);
    if (holder != existing.end() && holder->until == wanted.until) continue;
    const bool of_catch_all = holder == existing.end();
    const Partition source = of_catch_all ? Partition{std::string(catch_all), {}} : *holder;
    if (plan.splits.empty() || plan.splits.back().source != source) {
      plan.splits.push_back(
          {source, of_catch_all, {}, add_spans(table.span, wanted.until, -1 - table.ahead)});
    }
    plan.splits.back().parts.push_back(wanted);
  }
  for (const Partition& partition : existing) {
    if (partition.until <= keep_from) plan.drops.push_back(partition);
  }
  return plan;
}

std::vector<Partition> first_partitions(const PartitionedTable& table, sys_seconds now) {
  const sys_days current = begin_of(table.span, now);
  return spans_between(table.span, current, add_spans(table.span, current, table.ahead));
}

std::string split_statement(const PartitionedTable& table, const PartitionSplit& split) {
  std::string clauses = clauses_of(split.parts);
  append_clause(clauses, split.source, split.of_catch_all);
  return fmt::format("ALTER TABLE {} REORGANIZE PARTITION {} INTO (\n{})", table.name, split.source.name,
                     clauses);
}

std::string drop_statement(const PartitionedTable& table, std::span<const Partition> drops) {
  std::string names;
  for (const Partition& partition : drops) names += (names.empty() ? "" : ", ") + partition.name;
  return fmt::format("ALTER TABLE {} DROP PARTITION {}", table.name, names);
}

Result<sys_seconds> server_time(MysqlConnection& connection) {
  auto rows = connection.query("SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', UTC_TIMESTAMP())");
  if (!rows) return std::unexpected(rows.error());
  const auto seconds = parse_number<std::int64_t>(rows->at(0).at(0).value_or(""));
  if (!seconds) return fail("the MySQL server does not tell its time");
  return sys_seconds{std::chrono::seconds{*seconds}};
}

Result<PartitionLayouts> read_partitions(MysqlConnection& connection) {
  auto rows = connection.query(fmt::format(
      "SELECT TABLE_NAME, PARTITION_NAME, PARTITION_DESCRIPTION FROM information_schema.PARTITIONS "
      "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ({}) "
      "ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION",
      table_names()));
  if (!rows) return std::unexpected(rows.error());
  PartitionLayouts layouts;
  for (const SqlRow& row : *rows) {
    PartitionLayout& layout = layouts[row.at(0).value_or("")];
    if (!row.at(1)) continue;
    layout.partitioned = true;
    // The catch-all comes last, if there is one.
    layout.ours = *row.at(1) == catch_all && row.at(2) == "MAXVALUE" && !layout.foreign_bounds;
    if (layout.ours) continue;
    const auto until = parse_bound(row.at(2).value_or(""));
    if (until) layout.partitions.push_back({*row.at(1), *until});
    layout.foreign_bounds = layout.foreign_bounds || !until;
  }
  return layouts;
}

Result<> partition_empty_tables(MysqlConnection& connection) {
  const auto layouts = read_partitions(connection);
  if (!layouts) return std::unexpected(layouts.error());
  const auto now = server_time(connection);
  if (!now) return std::unexpected(now.error());
  for (const PartitionedTable& table : partitioned_tables) {
    const auto layout = layouts->find(table.name);
    if (layout == layouts->end() || layout->second.partitioned) continue;
    if (auto done = partition_if_empty(connection, table, *now); !done) return done;
  }
  return {};
}

}  // namespace caretaker
